"""Sending only what changed must leave the terminal as if everything had been sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tutor.changed_cells import Shown

WIDTH = 24
STYLES = [Style(), Style(color="red"), Style(bold=True), Style(meta={"offset": (1, 2)})]


def _strip(parts: list[tuple[str, int]]) -> Strip:
    return Strip([Segment(text, STYLES[style]) for text, style in parts]).adjust_cell_length(WIDTH, Style())


strips = st.lists(
    st.tuples(st.text("ab 中é─", max_size=6), st.integers(0, len(STYLES) - 1)), max_size=5
).map(_strip)  # fmt: skip


def _columns(strip: Strip) -> list[str]:
    """The text of each column, which is what a terminal would show."""
    return [strip.crop(column, column + 1).text for column in range(WIDTH)]


@given(st.lists(strips, min_size=1, max_size=6))
def test_the_terminal_ends_up_with_the_last_strip(updates: list[Strip]) -> None:
    shown = Shown()
    terminal = [" "] * WIDTH
    for strip in updates:
        for start, end in shown.changed(0, 0, strip):
            sent = strip.crop(start, end)
            assert sent.cell_length == end - start
            terminal[start:end] = _columns(strip)[start:end]
    assert terminal == _columns(updates[-1])


@given(strips)
def test_nothing_is_sent_twice(strip: Strip) -> None:
    shown = Shown()
    assert list(shown.changed(3, 5, strip))
    assert list(shown.changed(3, 5, strip)) == []


def test_only_the_different_part_is_sent() -> None:
    shown = Shown()
    list(shown.changed(0, 0, _strip([("aaaaaaaaaaaaaaaaaaaa", 0)])))
    assert list(shown.changed(0, 0, _strip([("aaabaaaaaaaaaaaaaaba", 0)]))) == [(3, 4), (18, 19)]


def test_a_wide_character_is_sent_whole() -> None:
    shown = Shown()
    list(shown.changed(0, 0, _strip([("a中b", 0)])))
    assert list(shown.changed(0, 0, _strip([("a文b", 0)]))) == [(1, 3)]


def test_what_is_forgotten_is_sent_again() -> None:
    shown = Shown()
    strip = _strip([("abc", 0)])
    list(shown.changed(0, 0, strip))
    shown.forget()
    assert list(shown.changed(0, 0, strip)) == [(0, WIDTH)]


def test_what_only_the_mouse_cares_about_is_no_change() -> None:
    shown = Shown()
    list(shown.changed(0, 0, _strip([("abc", 0)])))
    assert list(shown.changed(0, 0, _strip([("abc", 3)]))) == []
