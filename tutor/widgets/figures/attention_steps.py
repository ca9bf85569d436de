"""Attention, one matrix at a time: the row and the column that make a cell are lit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View, Words, switch
from tutor.widgets.figures.lit_matrix import Lit, lit_matrix, together
from tutor.widgets.figures.matrix_cell import explain_cell

X = "1 0 .5 .2 / .2 1 .8 .1 / .1 .3 1 .9"
STEPS = {
    "X": "X: a row of four numbers for each token",
    "Q": "Q = X · WQ: what each token asks for",
    "K": "K = X · WK: what each token offers to be found by",
    "V": "V = X · WV: what each token gives away",
    "Qr": "Q, each row turned by its position",
    "Kr": "K, each row turned by its position",
    "S": "S = Q · Kᵀ: how well each query fits each key",
    "S/√d": "S / √d: the same, smaller",
    "M": "the mask: what comes later becomes −∞",
    "A": "A = softmax of each row: shares that sum to 1",
    "O": "O = A · V: what each token takes home",
}
"""The stages that are walked through, in order; `Qr` and `Kr` only with rotation."""
NAMES: dict[float, str] = dict(enumerate(STEPS))
SHOWN: dict[float, str] = {4: "Q turned", 5: "K turned", 8: "mask"}
"""Steps that are not called after their matrix."""
SAME = "switched off, so nothing changes"


class AttentionSteps(Figure):
    """A stage's inputs with what makes the cell under the cursor lit, and the stage's matrix to walk through."""

    ASK = ("desk", "attention_steps.steps")
    FOLLOWS_CELL = True

    def __init__(self, controls: Sequence[str] = (), weights: str = "equal", x: str = X, heads: int = 1) -> None:
        """Args: controls: which to offer beside the step, of scale, mask, softmax, rope, heads, weights and x."""
        self._offered = controls
        self._weights = weights
        self._x = x
        self._heads = heads

    def controls(self) -> Sequence[Control]:
        """The step, and what a lesson offers."""
        known: dict[str, list[Control]] = {
            "scale": [switch("scale", "scale by √d", True)],
            "mask": [switch("mask", "causal mask", True)],
            "softmax": [switch("softmax", "softmax", True)],
            "rope": [switch("rope", "rotate by position", False)],
            "heads": [
                Number("heads", "heads", (1, 2), self._heads),
                Number("head", "shown head", (0, 1), 0),
                switch("shared", "shared keys, values", False),
            ],
            "weights": [Pick("weights", "WQ and WK", ("equal", "different"), self._weights)],
            "x": [Words("x", "Embeddings: four numbers a row, / between rows", self._x)],
        }
        step = Number("step", "step", range(len(STEPS)), 0, {**NAMES, **SHOWN}, asks=False)
        return [step, *(control for name in self._offered for control in known[name])]

    def params(self, values: Values) -> Values:
        """The embeddings as numbers; what cannot be read stays text, and the engine says so."""
        params: Values = {"weights": self._weights, "heads": self._heads} | super().params(values)
        return params | {"embeddings": rows_of(params.pop("x", self._x))}

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """Without rotation its steps are left out."""
        known = {stage["name"] for stage in answer["stages"]}
        return {"step": [step for step, name in NAMES.items() if name in known]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What goes into the stage, and whether the whole is attention."""
        stage = stage_at(answer, int(values["step"]))
        says = f"{stage['name']}: {SAME}" if stage["op"] == "same" else STEPS[stage["name"]]
        row, column = (min(at, size - 1) for at, size in zip(values.get("cell", (0, 0)), _shape(stage), strict=True))
        inputs = [find(answer, name) for name in stage["inputs"]]
        lit = _lit(stage["op"], row, column)
        drawn = [
            lit_matrix(part["name"], part["rows"], part["columns"], part["values"], lit_part, view)
            for part, lit_part in zip(inputs, lit, strict=False)
        ]
        lines = [
            *Content.styled(says + _whose(answer, stage["name"]), "bold").wrap(view.width),
            *together(drawn, view.width),
        ]
        if verdict := _verdict(answer, stage):
            lines += Content.styled(verdict, "$muted").wrap(view.width)
        return Content("\n").join(lines)

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The stage's own matrix."""
        stage = stage_at(answer, int(values["step"]))
        shares = stage["op"] == "softmax"
        return Cells(
            stage["rows"], stage["columns"], stage["values"],
            lambda row, column: explain_cell(answer, stage, row, column),
            scale="share" if shares else "signed", title=stage["name"],
        )  # fmt: skip


def rows_of(text: str) -> list[list[Any]]:
    """A matrix from a line of text."""
    return [[_number(word) for word in row.split()] for row in text.split("/")]


def _number(word: str) -> Any:
    try:
        return float(word)
    except ValueError:
        return word


def find(answer: Answer, name: str) -> Answer:
    """The stage of that name."""
    found: Answer = next(stage for stage in answer["stages"] if stage["name"] == name)
    return found


def stage_at(answer: Answer, step: int) -> Answer:
    """The stage of a step; without rotation its steps show the unturned matrices."""
    name = NAMES[step]
    known = {stage["name"] for stage in answer["stages"]}
    return find(answer, name if name in known else name[0])


def _whose(answer: Answer, name: str) -> str:
    """Which of several heads a matrix belongs to."""
    if answer["heads"] == 1 or name == "X":
        return ""
    return " (both heads)" if answer["shared"] and name in ("K", "Kr", "V") else f" (head {answer['head']})"


def _shape(stage: Answer) -> tuple[int, int]:
    return len(stage["rows"]), len(stage["columns"])


def _lit(op: str, row: int, column: int) -> list[Lit]:
    """Of each input, the row or column (or both: one cell) that takes part in the cell at row, column."""
    if op == "matmul":
        return [(row, None), (None, column)]
    return [(row, None if op in ("softmax", "rotate") else column)]


def _verdict(answer: Answer, stage: Answer) -> str:
    """Of weights their sums; of the output, whether PyTorch says the same."""
    if stage["name"] == "A":
        return "row sums: " + "  ".join(f"{total:.4g}" for total in answer["row_sums"])
    if stage["name"] == "O":
        off = answer["differs"]
        says = "agrees" if off < 1e-9 else "does not agree"
        return f"PyTorch's scaled_dot_product_attention {says}: off by at most {off:.1g}."
    return ""
