"""Without colours, marks and hidden things stay what they are."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tutor.terminal.filters import Ascii, NoColours
from tutor.themes import DARK

GROUND = str(DARK.background)
COLOURS = DARK.variables


def _plain(text: str, ink: str, paper: str = GROUND, *, bold: bool = False) -> Segment:
    segment = Segment(text, Style(color=ink, bgcolor=paper, bold=bold))
    (found,) = NoColours(GROUND).apply([segment], Color.parse(GROUND))
    assert found.style is not None
    assert found.style.color is found.style.bgcolor is None
    return found


def test_the_row_under_the_cursor_is_reversed() -> None:
    style = _plain("row", "#ffffff", COLOURS["block-cursor-background"], bold=True).style
    assert style is not None
    assert style.reverse
    assert style.bold


def test_a_panel_is_no_mark() -> None:
    style = _plain("title", str(DARK.foreground), str(DARK.panel)).style
    assert style is not None
    assert not style.reverse
    assert not style.dim


def test_what_stays_back_is_dim() -> None:
    style = _plain("note", COLOURS["faint"]).style
    assert style is not None
    assert style.dim


def test_an_edge_at_rest_is_blank_and_one_in_focus_is_not() -> None:
    assert _plain("▌中", GROUND).text == "   "
    assert _plain("▌", DARK.primary).text == "▌"


def test_text_without_a_style_goes_through() -> None:
    segments = [Segment("a"), Segment("é", None)]
    assert NoColours(GROUND).apply(segments, Color.parse(GROUND)) == segments
    assert [text for text, _, _ in Ascii().apply(segments, Color.parse(GROUND))] == ["a", "e"]
