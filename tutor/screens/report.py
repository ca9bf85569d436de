"""A run's report, as it was written."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from tutor import paths
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.text import clean_text


class ReportScreen(TutorScreen):
    """Markdown, scrolled."""

    CSS_PATH = str(paths.assets_dir() / "report.tcss")
    HELP = "The report of a run: what changed, what was measured, and the checks. The same text lies in `report.md`."

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run

    def body(self) -> ComposeResult:
        """One long page."""
        with VerticalScroll(id="report", classes="pane"):
            yield Markdown(clean_text(self._run.report.read_text()), open_links=False)

    def on_mount(self) -> None:
        """Say whose report it is."""
        self.title_bar.go("Runs", self._run.id, "Report")
