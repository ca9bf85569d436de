"""The attention of any layer and head of the loaded model, on the learner's prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.widgets.figures.base import SWITCH, Answer, Cells, Control, Figure, Number, Values, View, switch
from tutor.widgets.heat import shades_legend

MEAN = -1
LAYERS = HEADS = range(128)
"""More than any model of the course has; the answer says how many there are."""


class AttentionMap(Figure):
    """A row a token: where it looks. Every cell says how its weight came about, and the rows are checked."""

    ASK = ("trace", "attention.head")
    EXPORT = ("trace", "attention_export.write")
    USES_PROMPT = True
    BUSY = "Reading the attention weights of every head …"

    def __init__(self, layer: int = 5, head: int = 2) -> None:
        """Args: layer, head: those that are shown first, counted from 0; head -1 is the mean over heads."""
        self._layer = layer
        self._head = head

    def controls(self) -> Sequence[Control]:
        """Which head, and the scale of the colours."""
        return (
            Number("layer", "layer", LAYERS, self._layer),
            Number("head", "head", range(MEAN, len(HEADS)), self._head, {MEAN: "mean"}),
            switch("log", "log scale", False, asks=False),
        )

    def export_params(self, values: Values) -> Values:
        """The scale of the colours as well."""
        return self.params(values) | {"log": SWITCH[values["log"]]}

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The layers and heads that the model has."""
        return {"layer": range(answer["layers"]), "head": range(MEAN, answer["heads"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Which head this is, and whether it is attention at all; the map itself is below."""
        scale = shades_legend(1, digits=not view.colours, low=0.001 if SWITCH[values["log"]] else 0)
        parts = (_title(answer), _checks(answer), scale)
        return Content("\n").join([line for part in parts for line in part.wrap(view.width)])

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The map."""
        pieces = answer["pieces"]
        rows: list[list[float | None]] = [[*row, *[None] * (len(pieces) - len(row))] for row in answer["weights"]]
        return Cells(
            pieces, pieces, rows, lambda row, column: explain(answer, row, column),
            scale="log" if SWITCH[values["log"]] else "share", shrinks=True, distributions=True,
        )  # fmt: skip


def _title(answer: Answer) -> Content:
    head, last = answer["head"], answer["heads"] - 1
    which = f"the mean of heads 0-{last}" if head == MEAN else f"head {head} of 0-{last}"
    parts: list[tuple[str, str]] = [(f"Layer {answer['layer']} of 0-{answer['layers'] - 1}, {which}", "bold")]
    others = [other for other in answer.get("share", ()) if other != head]
    if others:
        parts.append((f"   keys and values shared with {', '.join(map(str, others))}", "$muted"))
    return Content.assemble(*parts)


def _checks(answer: Answer) -> Content:
    """Row sums, causality, and the model's own weights recomputed."""
    sums, future = answer["row_sum_error"], answer["future"]
    parts = [
        _check(sums < 1e-5, f"rows sum to 1 (±{sums:.0e})"),
        _check(future == 0, "none looks ahead" if future == 0 else f"{future:.1e} of a row lies ahead"),
    ]
    if "recomputed" in answer:
        off = answer["recomputed"]
        parts.append(_check(off < 1e-4, f"q·k/√{answer['head_dim']} agrees (±{off:.0e})"))
    return Content("   ").join(parts)


def _check(holds: bool, says: str) -> Content:
    mark = ("✓ ", "$trainable") if holds else ("✗ ", "$problem")
    return Content.assemble(mark, (says, "$muted" if holds else "$problem"))


def explain(answer: Answer, row: int, column: int) -> Content:
    """How a weight came about, from query and key."""
    if column > row:
        return Content.assemble(("no weight", "bold"), (": it comes later, and the mask hides it", "$muted"))
    weight = answer["weights"][row][column]
    shown = (f"{weight:.3f}" if weight >= 1e-3 else f"{weight:.1e}", "bold $activation")
    if answer["head"] == MEAN:
        low, high = answer["low"][row][column], answer["high"][row][column]
        return Content.assemble(shown, (f": the mean; its heads give from {low:.3f} to {high:.3f}", "$muted"))
    root = math.sqrt(answer["head_dim"])
    scores = [dot / root for dot in answer["dots"][row]]
    score, top = scores[column], max(scores)
    total = sum(math.exp(other - top) for other in scores)
    return Content.assemble(
        shown,
        (f":  q·k = {answer['dots'][row][column]:.2f},  /√{answer['head_dim']} = {score:.2f},  ", "$muted"),
        (f"e^({score:.2f} − {top:.2f}) = {math.exp(score - top):.3f}  of {total:.3f} in the row", "$muted"),
    )
