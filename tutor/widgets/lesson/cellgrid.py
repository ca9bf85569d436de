"""A matrix to walk through: the cell under the cursor says how its number was computed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from tutor.text import clean_text
from tutor.widgets.figures.base import Cells
from tutor.widgets.figures.cells import cells_content
from tutor.widgets.figures.layout import Layout, start_of
from tutor.widgets.glyphs import plain_ascii

AROUND = 9
"""Lines of the screen that a matrix leaves for its explanation and the screen's own; rows beyond scroll."""
FEWEST = 10
"""Lines that a matrix takes on the smallest screen."""


class CellGrid(Vertical):
    """The matrix above the explanation of one of its cells."""

    class Moved(Message):
        """The cursor is on another cell."""

        def __init__(self, row: int, column: int) -> None:
            super().__init__()
            self.cell = (row, column)

    class ExportWanted(Message):
        """The learner wants the matrix as files."""

    def compose(self) -> ComposeResult:
        """Title, matrix, explanation."""
        yield CellMatrix()
        yield Static(classes="explains", markup=False)

    def show(self, cells: Cells) -> None:
        """Draw another matrix; the cursor stays where it was, as far as there are cells."""
        self.query_one(CellMatrix).show(cells)

    def reached(self, row: int, column: int, text: Content) -> None:
        """The cursor is here, and its cell came about like this."""
        self.query_one(".explains", Static).update(text)
        self.post_message(self.Moved(row, column))


class CellMatrix(Static, can_focus=True):
    """Moves with the arrows or hjkl, or with a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", "Cell", key_display="←↑↓→", tooltip="Walk through the cells"),
        Binding("right", "cursor_right", show=False),
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("e", "export", "Export", tooltip="Write the picture to files: SVG, PNG and JSON"),
        Binding("home", "cursor_home", show=False),
        Binding("end", "cursor_end", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._cells: Cells | None = None
        self._row = self._column = 0
        self.most_rows: int | None = None
        """Lines that the rows may take; by default what a lesson's page has room for."""
        self.exports = False
        """Whether the matrix can be written to files."""

    def show(self, cells: Cells) -> None:
        """Draw another matrix."""
        if self._cells is None:
            self._row, self._column = start_of(cells)
        self._cells = cells
        self._go(self._row, self._column)
        self.refresh(layout=True)

    def _go(self, row: int, column: int) -> None:
        cells = self._cells
        if cells is None or not cells.rows or not cells.columns:
            return
        self._row = max(0, min(row, len(cells.rows) - 1))
        self._column = max(0, min(column, len(cells.columns) - 1))
        self.refresh()
        if isinstance(self.parent, CellGrid):
            name = f"{clean_text(cells.rows[self._row]).strip()} → {clean_text(cells.columns[self._column]).strip()}"
            text = Content.assemble((name + "   ", "bold"), cells.explain(self._row, self._column))
            self.parent.reached(self._row, self._column, text)

    def _layout(self) -> Layout | None:
        if self._cells is None:
            return None
        colours, lines = not self.app.no_color, self.most_rows or max(FEWEST, self.app.size.height - AROUND)
        return Layout.fit(
            self._cells, self.size.width or 76, lines, (self._row, self._column),
            marked=self.has_focus, halves=colours and not plain_ascii(),
        )  # fmt: skip

    def render(self) -> Content:
        """The part of the matrix around the cursor."""
        layout = self._layout()
        if self._cells is None or layout is None:
            return Content()
        return cells_content(self._cells, layout, colours=not self.app.no_color)

    def on_focus(self) -> None:
        """The cursor is seen only here; what it says should be seen too."""
        self.refresh()
        if isinstance(self.parent, CellGrid):
            self.call_after_refresh(self.parent.scroll_visible, animate=False)

    def on_blur(self) -> None:
        """The cursor is seen no longer."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Go to the cell that was clicked."""
        layout = self._layout()
        if layout is not None and (place := layout.at(event.x, event.y)):
            self._go(*place)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every matrix can be written to files."""
        return action != "export" or self.exports

    def action_export(self) -> None:
        """Have it written."""
        self.post_message(CellGrid.ExportWanted())

    def action_cursor_left(self) -> None:
        """One column to the left."""
        self._go(self._row, self._column - 1)

    def action_cursor_right(self) -> None:
        """One column to the right."""
        self._go(self._row, self._column + 1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self._go(self._row - 1, self._column)

    def action_cursor_down(self) -> None:
        """One row down."""
        self._go(self._row + 1, self._column)

    def action_cursor_home(self) -> None:
        """To the first column."""
        self._go(self._row, 0)

    def action_cursor_end(self) -> None:
        """To the last column."""
        self._go(self._row, len(self._cells.columns) - 1 if self._cells else 0)
