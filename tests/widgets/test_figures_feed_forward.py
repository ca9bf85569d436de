"""The pictures of topic 2.2.1 say what the engines found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.app_fakes import recorded_answer
from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk.activations import curves
from tutor.engine.desk.mlp_shapes import count
from tutor.engine.protocol import Call
from tutor.widgets.figures.activations import ALL, MEANINGS, Activations
from tutor.widgets.figures.base import View
from tutor.widgets.figures.hidden_units import HiddenUnits
from tutor.widgets.figures.mlp_shapes import MlpShapes

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("function", [ALL, *MEANINGS])
def test_curves_fit(function: str) -> None:
    for x in (-4.0, -1.0, 4.0):
        assert_fits(Activations(), curves(CALL, up=-2), function=function, x=x)


def test_curves_have_a_table_at_the_chosen_place() -> None:
    text = drawn(Activations(), curves(CALL, up=-1), x=-1.0)
    assert "GELU         -0.159   -0.083   -0.170 at -0.75" in text
    assert "SwiGLU       +0.269" in text
    assert "ReLU         +0.000   +0.000\n" in text.replace("   \n", "\n")


@pytest.mark.parametrize("tier", ["nano", "small", "large"])
@pytest.mark.parametrize(("ratio", "gated"), [(0, "on"), (1, "off"), (8, "on")])
def test_blocks_fit(tier: str, ratio: float, gated: str) -> None:
    answer = count(CALL, tier, ratio, gated=gated == "on")
    assert_fits(MlpShapes(), answer, tier=tier, ratio=ratio, gated=gated)


def test_blocks_are_to_scale() -> None:
    """A matrix is `ratio` times as wide as high, where a cell is twice as high as wide."""
    figure, answer = MlpShapes(table=False), count(CALL, "nano")
    lines = drawn(figure, answer, 76, colours=False).splitlines()
    assert lines[1].split() == ["░" * 16, "░" * 11]
    assert lines[2].split() == ["░░░░░░", "up", "░░░░░░", "░░░", "gate", "░░"]
    assert "nano, 3 matrices" in lines[0]
    assert "Exactly as many as the classic block." in lines
    assert "yours, 2 matrices" in drawn(figure, count(CALL, "nano", 0, gated=False), gated="off")


def test_blocks_of_a_colour_keep_their_shape() -> None:
    """Blank cells with a ground are no blanks at the end of a line."""
    values = start_values(MlpShapes())
    picture = MlpShapes().picture(count(CALL, "nano"), values, View(76))
    row = picture.split("\n", allow_blank=True)[1]
    assert row.cell_length == len("classic, 2 matrices") + 3 + 11


def hidden(layer: int, prompt: str) -> dict[str, Any]:
    return recorded_answer("trace", "hidden.units", {"layer": layer, "model": "nano", "prompt": prompt})


@pytest.mark.parametrize("layer", [0, 12, 29])
def test_units_fit(layer: int) -> None:
    answer = hidden(layer, "The capital of France is")
    for place in (1, 24):
        assert_fits(HiddenUnits(), answer, layer=layer, place=place)
    assert_fits(HiddenUnits(), hidden(12, "naïve 世界 🙂 " * 6), place=2)


def test_what_is_said_of_a_unit() -> None:
    answer = hidden(12, "The capital of France is")
    text = drawn(HiddenUnits(), answer, place=2)
    unit = answer["strongest"][1]
    assert f"unit {unit['unit']}, by token" in text
    assert f"·France     {unit['values'][3]:>+9.2f} " in text
    assert "its 1,536 units." in text
