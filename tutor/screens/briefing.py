"""The briefing of a lab: a page to read, with pictures to move."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Markdown

from tutor import paths
from tutor.course.blocks import Block, Prose
from tutor.course.lesson import load_briefing
from tutor.engine.tiers import default_model
from tutor.runs.config import Lab
from tutor.screens.base import TutorScreen
from tutor.screens.lesson_session import LessonSession
from tutor.widgets.lesson.asking import Asking
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.lesson.parts import part_of


class BriefingScreen(TutorScreen):
    """Prose and live parts below one another."""

    CSS_PATH = str(paths.assets_dir() / "lesson.tcss")
    AUTO_FOCUS = "#page"
    HELP = """\
The briefing of a lab says what you do in it, why, and what you need to know.

Its pictures are computed while you look, on this machine. **Tab** leads to their controls, the arrows change them,
**Esc** leads out again. Where a picture is told in steps, **s** goes to the next.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "step", "Step", tooltip="Tell the next step, and move the picture"),
    ]

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._blocks = load_briefing(lab.recipe.with_suffix(".md"))

    def body(self) -> ComposeResult:
        """One long page."""
        session = LessonSession(self.services.engine, default_model(), lambda: None)
        with VerticalScroll(id="page", classes="pane"):
            for block in self._blocks:
                yield _part(block, session)

    def on_mount(self) -> None:
        """Say where this is."""
        self.title_bar.go("Labs", self._lab.title, "Briefing")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every briefing has a picture that is told."""
        return action != "step" or self._told() is not None

    def _told(self) -> FigureBox | None:
        return next((box for box in self.query(FigureBox) if box.has_steps), None)

    def action_step(self) -> None:
        """Tell the next step of the picture; after the last one, the first again."""
        box = self._told()
        if box is not None and not box.step(1):
            box.rewind()

    def action_back(self) -> None:
        """Leave the control, else the screen."""
        page = self.query_one("#page")
        if self.focused is not None and self.focused is not page:
            page.focus()
        else:
            super().action_back()


def _part(block: Block, session: LessonSession) -> Widget:
    if isinstance(block, Prose):
        return Markdown(block.text, open_links=False, classes="prose")
    part = part_of(block)
    if isinstance(part, Asking):
        part.session = session
    return part
