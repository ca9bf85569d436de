"""Heat cells, bars and columns: values to steps, cells and lengths."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.widgets import glyphs
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.norms import column_cell
from tutor.widgets.figures.tokens import rows_of
from tutor.widgets.glyphs import bar, centred, padded, visible
from tutor.widgets.heat import SHADES, STEPS, heat_content, level, scale_of, shade, shades_content, shades_legend


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e6))
def test_levels_are_bounded_and_odd(value: float, scale: float) -> None:
    found = level(value, scale)
    assert -STEPS <= found <= STEPS
    assert level(-value, scale) == -found


def test_levels_of_known_values() -> None:
    assert [level(value, 2.0) for value in (-2, -1, 0, 1, 2, 9)] == [-4, -2, 0, 2, 4, 4]
    assert level(1.0, 0.0) == 0


def test_the_scale_ignores_outliers_and_what_is_not_finite() -> None:
    assert scale_of([[1.0] * 99 + [1000.0]]) == 1.0
    assert scale_of([[math.nan, 2.0]]) == 2.0
    assert scale_of([]) == 0.0


def test_equal_neighbours_are_one_span() -> None:
    content = heat_content(["a"], [[1.0, 1.0, 1.0, -1.0]], digits=False)
    assert [span.style for span in content.spans] == ["$foreground", "on $heat4", "on $heat-4"]
    assert content.cell_length == 2 + 4 * 2


def test_without_colours_the_steps_are_written_and_the_larger_the_bolder() -> None:
    content = heat_content(["a"], [[1.0, 0.0, -0.5, 0.25]], digits=True)
    assert content.plain == "a +4 0-2+1"
    assert [span.style for span in content.spans][1:] == ["$heat4 bold reverse", "$faint", "$heat-4", "$heat4 dim"]


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e6), st.floats(0, 1e6))
def test_shades_are_bounded_and_rise(value: float, more: float, top: float) -> None:
    found = shade(value, top)
    assert 0 <= found <= SHADES
    if math.isfinite(value):
        assert shade(value + more, top) >= found


def test_shades_of_known_values() -> None:
    assert [shade(value, 2.0) for value in (-1, 0, 0.25, 1, 2, 9)] == [0, 0, 1, 4, 8, 8]


def test_shades_are_colours_or_blocks_with_numbers() -> None:
    row = [[0.0, 0.5, 1.0, 1.0]]
    coloured = shades_content(["a"], row, 1.0, digits=False)
    assert [span.style for span in coloured.spans][1:] == ["on $scale0", "on $scale4", "on $scale8"]
    assert shades_content(["a"], row, 1.0, digits=True).plain == "a  0▒4█8█8"
    assert shades_legend(0.5, digits=True).plain == "0  0░1░2▒3▒4▓5▓6█7█8 0.50"
    glyphs.choose(True)
    try:
        assert shades_content(["a"], row, 1.0, digits=True).plain == "a  0=4@8@8"
    finally:
        glyphs.choose(None)


@given(st.floats(0, 100), st.integers(1, 60))
def test_a_bar_never_outgrows_its_room(value: float, width: int) -> None:
    assert len(bar(value, 100, width)) <= width


def test_bars_are_proportional() -> None:
    assert bar(50, 100, 10) == "█████"
    assert bar(100, 100, 10) == "█" * 10
    assert bar(0, 100, 10) == ""
    assert bar(0.01, 100, 10) == "▏"
    assert bar(1, 0, 10) == ""


@pytest.mark.parametrize("width", [20, 40, 80])
def test_bar_lines_fill_the_width(width: int) -> None:
    content = bars_content([Bar("a", 1, "1.0"), Bar("longer", 2, "22.0")], 2, width)
    assert {line.cell_length for line in content.split("\n")} == {width}


def test_columns_rise_from_the_bottom() -> None:
    assert [column_cell(4, 8, row, 2) for row in (0, 1)] == ["█", " "]
    assert [column_cell(6, 8, row, 2) for row in (0, 1)] == ["█", "▄"]
    assert column_cell(1, 0, 0, 2) == " "


def test_whitespace_is_visible() -> None:
    assert visible(" a\n\tb") == "·a⏎⇥b"
    assert visible("") == "∅"


def test_wide_characters_keep_columns_straight() -> None:
    assert padded("中文", 5) == "中文 "
    assert padded("中文", 3) == "中 "
    assert centred("中", 4) == " 中 "


def test_token_boxes_wrap() -> None:
    boxes = [("ab", "1"), ("c", "22222"), ("d", "3")]
    assert rows_of(boxes, 14) == [boxes[:2], boxes[2:]]
    assert rows_of(boxes, 3) == [[box] for box in boxes]
