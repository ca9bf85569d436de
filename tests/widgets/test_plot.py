"""The arithmetic of the line chart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from tutor.widgets import glyphs, plot
from tutor.widgets.linechart import draw

numbers = st.floats(-1e6, 1e6, allow_nan=False)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)


@given(points)
def test_bounds_hold_every_point(line: list[plot.Point]) -> None:
    bounds = plot.bounds_of([line])
    assert bounds is not None
    assert bounds.x_low < bounds.x_high
    assert bounds.y_low < bounds.y_high
    for x, y in line:
        assert bounds.x_low <= x <= bounds.x_high
        assert bounds.y_low <= y <= bounds.y_high


@given(points, st.integers(1, 80), st.integers(1, 40))
def test_dots_stay_on_the_grid(line: list[plot.Point], width: int, height: int) -> None:
    bounds = plot.bounds_of([line])
    assert bounds is not None
    dots = plot.line_dots(line, bounds, width, height)
    assert dots
    assert all(0 <= x < width and 0 <= y < height for x, y in dots)


@given(numbers, st.floats(1e-3, 1e6), st.integers(1, 12))
def test_ticks_are_round_and_inside(low: float, span: float, count: int) -> None:
    found = plot.ticks(low, low + span, count)
    assert len(found) <= count
    slack = span * 1e-6 + abs(low) * 1e-9
    assert all(low - slack <= tick <= low + span + slack for tick in found)


def test_ticks_are_steps_of_1_2_or_5() -> None:
    assert plot.ticks(1.4, 3.3, 4) == [1.5, 2.0, 2.5, 3.0]
    assert plot.ticks(0, 120, 3) == [0, 50, 100]
    assert plot.ticks(3, 3, 4) == []


def test_a_line_has_no_holes() -> None:
    bounds = plot.Bounds(0, 1, 0, 1)
    dots = plot.line_dots([(0, 0), (1, 1)], bounds, 10, 10)
    assert {x for x, _ in dots} == set(range(10))
    assert (0, 9) in dots
    assert (9, 0) in dots


def test_what_is_not_finite_is_left_out() -> None:
    assert plot.finite([(1, math.nan), (2, 3.0), (3, math.inf)]) == [(2, 3.0)]
    assert plot.bounds_of([[(1, math.nan)]]) is None


def test_braille_dots_have_their_places() -> None:
    assert plot.braille_grid([(0, 0)], 1, 1) == [["⠁"]]
    assert plot.braille_grid([(1, 3)], 1, 1) == [["⢀"]]
    assert plot.braille_grid([], 2, 1) == [[" ", " "]]


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (2.5, "2.5"), (120, "120"), (20000, "2e4"), (0.001, "1e-3")])
def test_labels_are_short(value: float, text: str) -> None:
    assert plot.label(value) == text


@pytest.mark.parametrize("size", [Size(80, 24), Size(20, 6), Size(8, 3), Size(1, 1)])
def test_a_chart_fills_exactly_its_size(size: Size) -> None:
    rows = draw([(1, 3.0), (2, 2.0)], [(1, 3.1)], 10, size)
    assert len(rows) == size.height
    assert {len(row) for row in rows} == {size.width}


def test_a_chart_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_ASCII", "1")
    glyphs.plain_ascii.cache_clear()
    rows = draw([(1, 3.0), (2, 2.0)], [(1, 3.1)], 10, Size(40, 10))
    glyphs.plain_ascii.cache_clear()
    text = "".join(character for row in rows for character, _ in row)
    assert text.isascii()
    assert "*" in text
    assert "o" in text


def test_a_chart_without_points_says_what_it_waits_for() -> None:
    rows = draw([], [], 0, Size(40, 10), "Soon.")
    assert "Soon." in "".join(character for row in rows for character, _ in row)
