"""Activation functions against their formulas, and slopes against differences."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tutor.engine.desk.activations import at, curves, squash
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)

FORMULAS: dict[str, Callable[[float], float]] = {
    "ReLU": lambda x: max(0.0, x),
    "GELU": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "GELU tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "SiLU": lambda x: x / (1 + math.exp(-x)),
    "SwiGLU": lambda x: -2 * x / (1 + math.exp(-x)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_slopes(name: str) -> None:
    answer = curves(CALL, up=-2)
    formula, curve = FORMULAS[name], answer["functions"][name]
    for place in range(0, len(answer["x"]), 7):
        x = answer["x"][place]
        assert curve["y"][place] == pytest.approx(formula(x), abs=1e-5)
        if x:  # ReLU has no slope at zero
            slope = (formula(x + 1e-6) - formula(x - 1e-6)) / 2e-6
            assert curve["slope"][place] == pytest.approx(slope, abs=1e-4)


def test_gelu_goes_below_zero_and_comes_back() -> None:
    answer = squash(CALL)
    assert answer["low"] == pytest.approx(-0.16997, abs=1e-5)
    assert answer["at"] == pytest.approx(-0.7518, abs=1e-3)
    values = {case["name"]: (case["value"], case["holds"]) for case in answer["cases"]}
    assert values["GELU(-1)"] == ("-0.159", False)
    assert values["GELU(-3)"] == ("-0.004", True)
    assert values["GELU(3)"] == ("+2.996", True)


def test_one_place() -> None:
    assert at(CALL, -1.0) == {
        "ReLU": "+0.000",
        "GELU": "-0.159",
        "GELU_tanh": "-0.159",
        "SiLU": "-0.269",
        "none": "-1.000",
        "x": -1.0,
        "source": at(CALL, -1.0)["source"],
    }
