"""A picture of the lesson's trace on a page."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.lesson.cellgrid import CellGrid
from tutor.widgets.lesson.live import LiveGroup, waiting
from tutor.widgets.lesson.trace import Trace


class TraceBox(LiveGroup):
    """Draws the trace anew whenever it changes, and again when there is another width."""

    def __init__(self, picture: TracePicture) -> None:
        super().__init__()
        self._picture = picture
        self._trace = Trace()
        self._width = 0

    def compose(self) -> ComposeResult:
        """The picture, the cells, where the numbers come from."""
        yield Static(classes="picture", markup=False)
        yield CellGrid()
        yield Static(classes="source", markup=False)

    def on_mount(self) -> None:
        """Nothing was traced yet."""
        self._draw()

    def on_resize(self) -> None:
        """The picture fills the width; a new height is its own doing."""
        if self.size.width != self._width:
            self._draw()

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        self._trace = trace
        self._draw()

    def _draw(self) -> None:
        trace, picture, grid = self._trace, self.query_one(".picture", Static), self.query_one(CellGrid)
        self._width = self.size.width
        there = bool(getattr(trace, self._picture.NEEDS))
        cells = self._picture.cells(trace) if there else None
        grid.display = cells is not None
        if cells is not None:
            grid.show(cells)
        self.query_one(".source", Static).update(Content.styled(trace.provenance, "$faint") if there else "")
        if there:
            view = View(max(20, self._width or 76), not self.app.no_color)
            picture.update(self._picture.picture(trace, view))
        else:
            picture.update(waiting(trace))
