"""A picture of the lesson's trace on a page."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.lesson.live import waiting
from tutor.widgets.lesson.trace import Trace


class TraceBox(Static):
    """Draws the trace anew whenever it changes."""

    def __init__(self, picture: TracePicture) -> None:
        super().__init__(markup=False, classes="live")
        self._picture = picture
        self._trace = Trace()

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        self._trace = trace
        self.refresh(layout=True)

    def render(self) -> Content:
        """The picture, or why there is none yet, and where its numbers come from."""
        if not getattr(self._trace, self._picture.NEEDS):
            return waiting(self._trace)
        view = View(max(20, self.size.width or 76), not self.app.no_color)
        picture = self._picture.picture(self._trace, view)
        return Content.assemble(picture, (f"\n\n{self._trace.provenance}", "$faint"))
