"""Softmax and the norms on a few numbers, and the tree in which their sums are made."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words
from tutor.widgets.glyphs import padded

NAME = 16
CELL = 8
ROUNDS = 4
"""Rounds of the largest tree: sixteen numbers."""


class Reduce(Figure):
    """A row per step, a column per number; below them the sum, pairs first."""

    ASK = ("desk", "reduce.by_hand")

    def __init__(self, numbers: str = "2.1, 0.5, 1.8, 0.2", op: str = "softmax") -> None:
        """Args: numbers: to begin with; op: `softmax`, `LayerNorm` or `RMSNorm`."""
        self._numbers = numbers
        self._op = op

    def controls(self) -> Sequence[Control]:
        """The operation, the learner's numbers, and how many rounds of the sum to show."""
        return (
            Pick("op", "operation", ("softmax", "LayerNorm", "RMSNorm"), self._op),
            Number("round", "rounds of the sum", range(ROUNDS + 1), ROUNDS, asks=False),
            Words("numbers", "numbers, with commas between them", self._numbers),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Steps, tree, and the library's word for it."""
        columns = max(1, (view.width - NAME) // CELL)
        lines = [_line(name, row, columns, "$foreground") for name, row in answer["lines"][:-1]]
        name, result = answer["lines"][-1]
        lines += [_line(name, result, columns, "bold $activation"), Content()]
        lines += _tree(answer["rounds"], int(values["round"]), columns)
        rounds = len(answer["rounds"]) - 1
        count = len(answer["numbers"])
        if count > columns:
            lines.append(Content.styled(f"{'':<{NAME}}the first {columns} columns of {count}", "$muted"))
        lines += [
            Content(),
            Content.styled(
                f"{count} numbers: {count - 1} additions, but only {rounds} rounds, each done at once.", "$muted"
            ),
            Content.styled(f"PyTorch's own result differs by {answer['difference']:.1e} at most.", "$muted"),
        ]
        return Content("\n").join(line for text in lines for line in text.wrap(view.width))


def _tree(rounds: Sequence[Sequence[float]], shown: int, columns: int) -> list[Content]:
    """Each sum stands under the first of the numbers that are in it."""
    lines = []
    for number, sums in enumerate(rounds[1 : shown + 1], 1):
        spread: list[float | None] = []
        for value in sums:
            spread += [value, *[None] * (2**number - 1)]
        style = "bold $operation" if len(sums) == 1 else "$operation"
        lines.append(_line(f"sum, round {number}", spread, columns, style))
    return lines


def _line(name: str, row: Sequence[float | None], columns: int, style: str) -> Content:
    cells = "".join(" " * CELL if value is None else _cell(value) for value in row[:columns])
    return Content.assemble((padded(name, NAME), "$muted"), (cells.rstrip(), style))


def _cell(value: float) -> str:
    text = f"{value:.3f}"
    return (text if len(text) < CELL else f"{value:.0e}").rjust(CELL)
