"""What is changed in every line on its way to a terminal that lacks colours, or characters."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tutor.terminal.ascii import ascii_only
from tutor.terminal.oklab import from_hex

STANDS_OUT = 0.1
"""Difference of lightness from the page's ground at which something is a mark, such as the row under the cursor."""
HIDDEN = 0.02
"""Difference of lightness of text from its ground under which it is meant not to be seen, such as an edge at rest."""
QUIET = 0.45
"""The same under which text is meant to stay back."""


class Ascii(LineFilter):
    """Every character in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """A line's segments, of the same widths."""
        return [Segment(ascii_only(text), style, control) for text, style, control in segments]


class NoColours(LineFilter):
    """No colour at all, as `NO_COLOR` asks: what colours said is said in reverse, in dim and in blanks."""

    def __init__(self, ground: str) -> None:
        """Args: ground: `#rrggbb` of the page, which the terminal's own background stands for."""
        super().__init__()
        self._ground = ground

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """A line's segments with attributes only."""
        return [self._plain(*segment) for segment in segments]

    def _plain(self, text: str, style: Style | None, control: object) -> Segment:
        if style is None:
            return Segment(text)
        hidden, plain = _without_colours(style, self._ground)
        return Segment(" " * Segment(text).cell_length if hidden else text, plain)


@lru_cache(maxsize=1024)
def _without_colours(style: Style, ground: str) -> tuple[bool, Style]:
    """Whether the text is hidden, and the attributes that stand for the colours of `style`."""
    page = from_hex(ground)[0]
    paper = _lightness(style.bgcolor, page)
    ink = _lightness(style.color, 1 - page)
    marked = bool(style.reverse) or abs(paper - page) > STANDS_OUT
    quiet = bool(style.dim) or (not marked and abs(ink - paper) < QUIET)
    return abs(ink - paper) < HIDDEN, style.without_color + Style(reverse=marked, dim=quiet)


def _lightness(colour: RichColor | None, default: float) -> float:
    if colour is None or colour.is_default:
        return default
    return from_hex(colour.get_truecolor().hex)[0]
