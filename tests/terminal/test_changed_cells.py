"""Sending only what changed must leave the terminal as if everything had been sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.ansi import AnsiDecoder
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tutor.terminal.changed_cells import Pen, Shown

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


looks = st.builds(
    Style,
    color=st.sampled_from([None, "#ff0000", "#102030"]),
    bgcolor=st.sampled_from([None, "#0000ff", "#a0b0c0"]),
    bold=st.sampled_from([None, True]),
    underline=st.sampled_from([None, True]),
)


@given(st.lists(st.tuples(st.text("ab ", min_size=1, max_size=4), looks), min_size=1, max_size=8))
def test_the_pen_leaves_every_cell_in_its_style(parts: list[tuple[str, Style]]) -> None:
    pen = Pen("truecolor")
    pen.write(0, 0, Strip([Segment(text, style) for text, style in parts]))
    sent = pen.lift()
    assert sent.startswith("\x1b[1;1H")
    text = AnsiDecoder().decode_line(sent.removeprefix("\x1b[1;1H"))
    console = Console()
    wanted = [(character, style) for text, style in parts for character in text]
    assert text.plain == "".join(character for character, _ in wanted)
    for place, (character, style) in enumerate(wanted):
        found = text.get_style_at_offset(console, place)
        assert _colour(found.bgcolor) == _colour(style.bgcolor)
        assert bool(found.bold) == bool(style.bold)
        assert bool(found.underline) == bool(style.underline)
        if character != " ":
            assert _colour(found.color) == _colour(style.color)


def _colour(colour: Color | None) -> tuple[object, ...] | None:
    return None if colour is None or colour.is_default else (colour.number, colour.triplet)


def test_without_colours_only_text_and_attributes_are_sent() -> None:
    pen = Pen("none")
    pen.write(2, 1, Strip([Segment("ab", Style(color="red")), Segment("cd", Style(color="red", reverse=True))]))
    assert pen.lift() == "\x1b[2;3Hab\x1b[0;7mcd\x1b[0m"


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
