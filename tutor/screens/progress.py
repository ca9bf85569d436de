"""What is done, due and mastered; and the report of it as a file."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.course.outline import load_outline
from tutor.errors import TutorError
from tutor.files import write_whole
from tutor.record.gather import CourseRecord, gather
from tutor.record.report import markdown
from tutor.screens import navigation
from tutor.screens.base import TutorScreen
from tutor.screens.progress_texts import content


class Overview(Static):
    """The record, laid out for the widget's width."""

    def __init__(self) -> None:
        super().__init__(id="overview", markup=False)
        self._record: CourseRecord | None = None

    def show(self, record: CourseRecord) -> None:
        """Show a record."""
        self._record = record
        self.refresh(layout=True)

    def render(self) -> Content:
        """The record, once it was read."""
        return content(self._record, self.size.width or 60) if self._record else Content.styled("Reading …", "$muted")


class ProgressScreen(TutorScreen):
    """One long page."""

    PLACE = "Progress"
    CSS_PATH = str(paths.assets_dir() / "progress.tcss")
    AUTO_FOCUS = "#record"
    HELP = """\
Everything here was recorded while you did it. The bar before an objective says how many of its checks were right when
you last answered them; a check that you never tried counts as not right.

A check that you miss is due again on the next day, and after each right answer later: after 3, 7 and 21 days. One that
was right at the first try is asked once more, after 21 days. **r** opens the page of the one that waits longest.

**e** writes a report in Markdown. On the command line: `tutor progress`, which also exports and imports.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "review", "Review", tooltip="Open the page of a question that is due for review"),
        Binding("e", "export", "Report", tooltip="Write a report of what was done, as Markdown"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.record: CourseRecord | None = None
        """What is shown; None while it is read."""

    def body(self) -> ComposeResult:
        """The record, scrolled."""
        with VerticalScroll(id="record", classes="pane"):
            yield Overview()

    def on_screen_resume(self) -> None:
        """Reviews may have been done since."""
        self._read()

    @work(exclusive=True)
    async def _read(self) -> None:
        saved, now = self.services.progress.saved(), self.services.now()
        try:
            self.record = await asyncio.to_thread(lambda: gather(load_outline(), saved, now))
        except TutorError as error:
            self.complain(error)
            return
        self.query_one(Overview).show(self.record)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A review needs something that is due."""
        if action == "review":
            return bool(self.record and self.record.reviews)
        return self.record is not None if action == "export" else True

    def action_review(self) -> None:
        """Open the page of the check that has been due for longest."""
        if self.record:
            navigation.open_topic(self.app, self.record.reviews[0].topic, self.record.reviews[0].page)

    def action_export(self) -> None:
        """Write the report, and say where."""
        assert self.record is not None
        now = self.services.now()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        file = paths.home() / "reports" / f"progress-{stamp}.md"
        try:
            write_whole(file, markdown(self.record, now))
        except TutorError as error:
            self.complain(error)
            return
        self.notify(str(file), title="Wrote the report", markup=False)
