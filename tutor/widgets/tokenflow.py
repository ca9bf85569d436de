"""Text as its tokens, each shaded by its probability, with a cursor that goes from token to token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Static

from tutor.text import clean_text
from tutor.widgets.glyphs import plain_ascii, visible

SHADES = (0.9, 0.5, 0.2, 0.05)
"""A token gets the next stronger shade below each of these probabilities; above the first it has none."""

DIGITS = ("¹", "²", "³", "⁴")
ASCII_DIGITS = ("~1", "~2", "~3", "~4")


def step(p: float) -> int:
    """0 for a token that was nearly certain, to 4 for a very improbable one."""
    return sum(p < limit for limit in SHADES)


def shade(text: str, p: float, *, no_color: bool) -> Content:
    """`text` on the shade of `p`; without colours, with the number of its step behind it."""
    number = step(p)
    if no_color:
        digits = ASCII_DIGITS if plain_ascii() else DIGITS
        return Content(text + (digits[number - 1] if number else ""))
    return Content.styled(text, f"auto on $heat{number}" if number else "")


@dataclass(frozen=True)
class Token:
    """A token that was taken, its probability, and the likeliest at its place with theirs."""

    piece: str
    p: float
    top: list[tuple[str, float]]


class TokenFlow(Static, can_focus=True):
    """Wraps at token boundaries, and after tokens that end a line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", "Before", key_display="←"),
        Binding("right", "cursor_right", "After", key_display="→"),
        Binding("up", "cursor_up", "Line up", show=False),
        Binding("down", "cursor_down", "Line down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another token; `region` is where, in the widget."""

        def __init__(self, token: Token, region: Region) -> None:
            super().__init__()
            self.token = token
            self.region = region

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._tokens: list[Token] = []
        self._places: list[Region] = []
        self.cursor = 0

    def clear(self) -> None:
        """No tokens any more."""
        self._tokens, self._places, self.cursor = [], [], 0
        self._draw()

    def add(self, token: Token) -> None:
        """One more token at the end."""
        self._tokens.append(token)
        self._place(len(self._tokens) - 1)
        self._draw()
        if len(self._tokens) == 1:
            self.move(0)

    def on_resize(self, _event: Resize) -> None:
        """Another width, other lines."""
        self._places = []
        for number in range(len(self._tokens)):
            self._place(number)
        self._draw()

    def _shown(self, number: int) -> Content:
        token = self._tokens[number]
        content = shade(visible(clean_text(token.piece)), token.p, no_color=self.app.no_color)
        return content.stylize("reverse bold") if number == self.cursor else content

    def _place(self, number: int) -> None:
        """Behind the token before it, or on the next line."""
        width = min(self._shown(number).cell_length, self.size.width or 80)
        x = y = 0
        if number:
            before = self._places[number - 1]
            x, y = before.right, before.y
            if x + width > (self.size.width or 80) or self._tokens[number - 1].piece.endswith("\n"):
                x, y = 0, y + 1
        self._places.append(Region(x, y, width, 1))

    def _draw(self) -> None:
        lines: list[list[Content]] = []
        for number, place in enumerate(self._places):
            if place.x == 0:
                lines.append([])
            lines[-1].append(self._shown(number))
        self.update(Content("\n").join(Content("").join(line) for line in lines))

    def move(self, number: int) -> None:
        """Set the cursor on a token; beyond the ends it stays at the end."""
        if self._tokens:
            self.cursor = max(0, min(number, len(self._tokens) - 1))
            self._draw()
            self.post_message(self.Moved(self._tokens[self.cursor], self._places[self.cursor]))

    def _move_line(self, by: int) -> None:
        """To the token of another line that is nearest above or below."""
        if not self._places:
            return
        here = self._places[self.cursor]
        line = [number for number, place in enumerate(self._places) if place.y == here.y + by]
        if line:
            self.move(min(line, key=lambda number: abs(self._places[number].x - here.x)))

    def action_cursor_left(self) -> None:
        """One token back."""
        self.move(self.cursor - 1)

    def action_cursor_right(self) -> None:
        """One token on."""
        self.move(self.cursor + 1)

    def action_cursor_up(self) -> None:
        """A line up."""
        self._move_line(-1)

    def action_cursor_down(self) -> None:
        """A line down."""
        self._move_line(1)

    def action_first(self) -> None:
        """To the first token."""
        self.move(0)

    def action_last(self) -> None:
        """To the last token."""
        self.move(len(self._tokens) - 1)

    def on_click(self, event: Click) -> None:
        """To the token that was clicked."""
        for number, place in enumerate(self._places):
            if place.contains(event.x, event.y):
                self.move(number)
