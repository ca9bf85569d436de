"""How one cell of a stage of attention came about, with its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from textual.content import Content

from tutor.widgets.figures.base import Answer

Stage = Answer
Inputs = list[list[list[Any]]]
"""The matrices that go into a stage."""


def explain_cell(answer: Answer, stage: Stage, row: int, column: int) -> Content:
    """The computation of the cell at row, column."""
    value = stage["values"][row][column]
    shown = "−∞" if value is None else f"{value:.4g}"
    inputs = [next(one for one in answer["stages"] if one["name"] == name)["values"] for name in stage["inputs"]]
    how = HOW[stage["op"]](answer, inputs, row, column)
    return Content.assemble((shown, "bold $activation"), (f"  {how}" if how else "", "$muted"))


def _given(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    return "given"


def _same(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    return "as it was"


def _matmul(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    left, right = inputs[0][row], [line[column] for line in inputs[1]]
    return "= " + " + ".join(f"{_factor(a)}·{_factor(b)}" for a, b in zip(left, right, strict=True))


def _factor(value: float) -> str:
    return f"{value:.3g}" if value >= 0 else f"(−{-value:.3g})"


def _scale(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    return f"= {inputs[0][row][column]:.4g} / √{answer['head_dim']}"


def _mask(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    return "hidden: it comes later" if column > row else "kept: it comes before, or is the token itself"


def _softmax(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    scores = inputs[0][row]
    powers = ["0" if score is None else f"{math.exp(score):.4g}" for score in scores]
    return f"= {powers[column]} / ({' + '.join(powers)})   powers of e"


def _rotate(answer: Answer, inputs: Inputs, row: int, column: int) -> str:
    half = answer["head_dim"] // 2
    angle, vector = answer["angles"][row][column % half], inputs[0][row]
    a, b = vector[column % half], vector[column % half + half]
    first = f"{_factor(a)}·cos({angle:.3g}) − {_factor(b)}·sin({angle:.3g})"
    second = f"{_factor(b)}·cos({angle:.3g}) + {_factor(a)}·sin({angle:.3g})"
    return f"= {first if column < half else second}   position {row}"


HOW: dict[str, Callable[..., str]] = {
    "given": _given,
    "same": _same,
    "matmul": _matmul,
    "scale": _scale,
    "mask": _mask,
    "softmax": _softmax,
    "rotate": _rotate,
}
