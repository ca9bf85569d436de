"""How far full fine-tuning and LoRA moved each matrix of the model."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Pick, Values, View
from tutor.widgets.figures.learning import training_lines
from tutor.widgets.figures.train_diff import MEANINGS, NAMES

METHODS = ("LoRA", "full")


class HowFar(Figure):
    """Numbers that are not what they were; below, ‖ΔW‖ / ‖W‖ of each matrix."""

    ASK = ("trace", "train_diff.run")
    BUSY = "Training both …"

    def controls(self) -> Sequence[Control]:
        """Whose changes the cells show."""
        return (Pick("method", "cells of", METHODS, METHODS[0], asks=False),)

    def params(self, values: Values) -> Values:
        """What was trained last."""
        return {}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Both methods in numbers, once they are known."""
        lines = training_lines(answer, view.width)
        for row in answer["methods"]:
            if row["result"] is not None:
                lines += _moved(row).wrap(view.width)
        return Content("\n").join(lines)

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """A row for each kind of matrix, a column for each layer."""
        row = next(row for row in answer["methods"] if row["name"] == values["method"])
        if row["result"] is None:
            return None
        changes = row["result"]["moved"]["changes"]
        names = list(changes)
        return Cells(
            names,
            [f"layer {layer}" for layer in range(len(changes[names[0]]))],
            [[100 * share for share in changes[name]] for name in names],
            lambda matrix, layer: _explained(values["method"], names[matrix], layer, changes[names[matrix]][layer]),
            scale="share", numbers=False, shrinks=True, title=f"{NAMES[values['method']]}: length of ΔW, in % of W's",
        )  # fmt: skip


def _moved(row: Answer) -> Content:
    moved = row["result"]["moved"]
    return Content.assemble(
        (f"{NAMES[row['name']]:<17}", MEANINGS[row["name"]]), (f"{moved['numbers']:,}", "bold"),
        (f" of {moved['all']:,} weights moved, {100 * moved['distance']:.2g} % in all", "$muted"),
    )  # fmt: skip


def _explained(method: str, matrix: str, layer: int, share: float) -> Content:
    told = "not touched" if share == 0 else "‖ΔW‖ / ‖W‖, Frobenius norms"
    return Content.assemble(
        (f"{100 * share:.3g} %", "bold $activation"), (f"  {matrix} of layer {layer}: {told}", "$muted")
    )
