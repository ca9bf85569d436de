"""The treemap's arithmetic: nothing overlaps, nothing is left over, and areas are in proportion."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tutor.widgets.rectangles import Rectangle, divided

VALUES = st.lists(st.floats(0, 1000), min_size=1, max_size=40)


@given(VALUES, st.integers(1, 80), st.integers(1, 30))
def test_the_pieces_fill_the_whole_and_do_not_overlap(values: list[float], width: int, height: int) -> None:
    pieces = divided(values, Rectangle(3, 2, width, height))
    assert len(pieces) == len(values)
    covered = Counter(
        (x, y)
        for piece in pieces
        for x in range(piece.x, piece.x + piece.width)
        for y in range(piece.y, piece.y + piece.height)
    )
    assert set(covered.values()) == {1}
    assert set(covered) == {(x, y) for x in range(3, 3 + width) for y in range(2, 2 + height)}


def test_areas_are_in_proportion() -> None:
    values = [79_626_240, 28_311_552, 26_542_080]
    whole = Rectangle(0, 0, 120, 20)
    for value, piece in zip(values, divided(values, whole), strict=True):
        assert abs(piece.cells / whole.cells - value / sum(values)) < 0.01


def test_halves_and_nothing() -> None:
    assert divided([1, 1], Rectangle(0, 0, 10, 4)) == [Rectangle(0, 0, 5, 4), Rectangle(5, 0, 5, 4)]
    assert divided([1, 1], Rectangle(0, 0, 4, 10)) == [Rectangle(0, 0, 4, 5), Rectangle(0, 5, 4, 5)]
    assert divided([1, 0], Rectangle(0, 0, 10, 4))[1].cells == 0
    assert divided([], Rectangle(0, 0, 10, 4)) == []
