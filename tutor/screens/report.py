"""A page of Markdown: the report of a run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from tutor import paths
from tutor.screens.base import TutorScreen
from tutor.text import clean_text


class ReportScreen(TutorScreen):
    """Markdown, scrolled."""

    CSS_PATH = str(paths.assets_dir() / "report.tcss")
    HELP = """\
The report of a run says what changed, what was measured, and what was checked; it lies in the run's `report.md`.
"""

    def __init__(self, text: str, *place: str) -> None:
        """Args: place: where the page is, for the title."""
        super().__init__()
        self._text, self._place = text, place

    def body(self) -> ComposeResult:
        """One long page."""
        with VerticalScroll(id="report", classes="pane"):
            yield Markdown(clean_text(self._text), open_links=False)

    def on_mount(self) -> None:
        """Say where this is."""
        self.title_bar.go(*self._place)
