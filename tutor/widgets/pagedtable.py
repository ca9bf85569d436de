"""A table of any length that holds a few screenfuls of it: rows are asked for when they come into sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widget import Widget

Row = Mapping[str, Any]
Line = Callable[[Row, int], Content]
"""A row at a width, as one line."""

PAGE = 200
"""Rows asked for at a time."""


class PagedTable(Widget, can_focus=True):
    """A line of heads, and below it the rows around the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("pageup", "screenful(-1)", show=False),
        Binding("pagedown,space", "screenful(1)", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end,G", "end(1)", show=False),
    ]

    class Wanted(Message):
        """Rows came into sight that are not here; `PagedTable.fill` brings them."""

        def __init__(self, start: int) -> None:
            super().__init__()
            self.start = start

    class Moved(Message):
        """The cursor stands on another row."""

    def __init__(self, head: Line, line: Line, id: str | None = None) -> None:  # noqa: A002
        """Args: head: the heads of the columns, for such rows as the one under the cursor; line: a row."""
        super().__init__(id=id)
        self._head = head
        self._line = line
        self._rows: dict[int, Row] = {}
        self._asked: set[int] = set()
        self._top = 0
        self.total = 0
        self.place = 0
        """Of the cursor, from 0."""

    @property
    def row(self) -> Row | None:
        """The row under the cursor, where it is here already."""
        return self._rows.get(self.place)

    def begin(self, total: int, start: int, rows: Sequence[Row]) -> None:
        """Show another table, with the cursor on its first row."""
        self._rows.clear()
        self._asked.clear()
        self.total, self.place, self._top = total, 0, 0
        self.fill(start, rows)
        self.post_message(self.Moved())

    def fill(self, start: int, rows: Sequence[Row]) -> None:
        """Take rows that were asked for; far ones are forgotten."""
        self._rows = {place: row for place, row in self._rows.items() if abs(place - start) <= 3 * PAGE}
        self._rows |= dict(enumerate(rows, start))
        self._asked.discard(start)
        self.refresh()

    def on_resize(self, _event: Resize) -> None:
        """Keep the cursor in sight."""
        self._go(self.place)

    @property
    def _shown(self) -> int:
        return max(1, self.size.height - 1)

    def _go(self, place: int) -> None:
        before, self.place = self.place, max(0, min(place, self.total - 1))
        # As far as needed, and no further: what stays in place need not be sent again.
        self._top = max(self.place - self._shown + 1, min(self._top, self.place))
        self._ask()
        self.refresh()
        if self.place != before:
            self.post_message(self.Moved())

    def _ask(self) -> None:
        for place in range(self._top, min(self._top + self._shown, self.total)):
            start = place // PAGE * PAGE
            if place not in self._rows and start not in self._asked:
                self._asked.add(start)
                self.post_message(self.Wanted(start))

    def action_cursor_down(self) -> None:
        """The next row."""
        self._go(self.place + 1)

    def action_cursor_up(self) -> None:
        """The row before."""
        self._go(self.place - 1)

    def action_screenful(self, by: int) -> None:
        """A screenful up or down."""
        self._go(self.place + by * self._shown)

    def action_end(self, last: int) -> None:
        """The first or the last row."""
        self._go(last * (self.total - 1))

    def on_click(self, event: Click) -> None:
        """The row under the mouse."""
        if 0 < event.y <= min(self._shown, self.total - self._top):
            self._go(self._top + event.y - 1)

    def on_mouse_scroll_down(self) -> None:
        """Three rows."""
        self._go(self.place + 3)

    def on_mouse_scroll_up(self) -> None:
        """Three rows."""
        self._go(self.place - 3)

    def render(self) -> Content:
        """Heads and rows; a row that is on its way is a faint line."""
        width = self.size.width
        lines = [self._head(self.row or {}, width)]
        for place in range(self._top, min(self._top + self._shown, self.total)):
            row = self._rows.get(place)
            line = Content.styled("…", "$faint") if row is None else self._line(row, width)
            line = line.truncate(width, ellipsis=True, pad=True)
            lines.append(line.stylize(self._cursor_style()) if place == self.place else line)
        return Content("\n").join(lines)

    def _cursor_style(self) -> str:
        if self.app.no_color:
            return "reverse" if self.has_focus else "underline"
        return "bold on $block-cursor-background" if self.has_focus else "on $block-cursor-blurred-background"
