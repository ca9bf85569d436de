"""A lesson: one idea a page, its text beside (or above) live pictures of the learner's own prompt."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Markdown

from tutor import paths
from tutor.course.lesson import Block, LessonText, Page, Prediction, Prose, Quiz
from tutor.course.progress import Place
from tutor.engine.tiers import default_model
from tutor.screens.base import TutorScreen
from tutor.screens.trace_session import TraceSession
from tutor.widgets.lesson.live import (
    DrawWanted,
    Live,
    LiveGroup,
    Picture,
    PromptGiven,
    RestartWanted,
    SettingsChanged,
    make,
)
from tutor.widgets.lesson.loop import Loop
from tutor.widgets.lesson.prediction import PredictionBox
from tutor.widgets.lesson.quiz import QuizBox


class LessonScreen(TutorScreen):
    """Pages of a lesson, with one trace that all its pictures share."""

    CSS_PATH = str(paths.assets_dir() / "lesson.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#page"
    HELP = """\
One idea a page: **n** goes on, **b** goes back; the place is remembered.

The pictures are computed while you look, by the model named under them, from your own prompt. Change the prompt on
the page that has its field, and all pages follow. **Tab** leads into fields and controls, **Esc** out of them again;
from the page itself, Esc leads back to the course.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "page(1)", "Next", tooltip="Next page"),
        Binding("b", "page(-1)", "Previous", tooltip="Previous page"),
        Binding("space", "advance", show=False, tooltip="Scroll on, at the end the next page"),
        Binding("d", "draw", "Draw", tooltip="Draw the next token and append it"),
    ]

    def __init__(self, lesson: LessonText, page: int | None = None) -> None:
        """Args: page: where to open it, counted from 0; where the learner stopped by default."""
        super().__init__()
        self._lesson = lesson
        self._number = page
        self._unsolved = {block for page in lesson.pages for block in page.blocks if isinstance(block, Quiz)}
        self._session: TraceSession | None = None

    def body(self) -> ComposeResult:
        """Text and pictures; the style sheet puts them beside or above each other."""
        with VerticalScroll(id="page", classes="pane"):
            yield Vertical(id="prose")
            yield Vertical(id="pictures")

    async def on_mount(self) -> None:
        """Open the page, and begin to load the model."""
        progress = self.services.progress
        place = progress.place()
        if self._number is None:
            self._number = place.page if place and place.topic == self._lesson.id else 0
        self._number = min(self._number, len(self._lesson.pages) - 1)
        progress.start(self._lesson.id)
        self._session = TraceSession(self.services.engine("trace"), default_model(), self._show_trace)
        await self._show_page()
        self._ask(self.session.run(self.session.trace.prompt))

    @property
    def session(self) -> TraceSession:
        """The lesson's trace and its engine."""
        assert self._session is not None
        return self._session

    def _ask(self, work: Coroutine[None, None, None], group: str = "trace") -> None:
        """Do `work` beside the screen; newer work of its group cancels older, so that quick changes do not queue up."""
        self.run_worker(work, group=group, exclusive=True)

    @property
    def _page(self) -> Page:
        return self._lesson.pages[self._number or 0]

    async def _show_page(self) -> None:
        page, count = self._page, len(self._lesson.pages)
        self.title_bar.go(f"{self._lesson.id} {self._lesson.title}")
        self.title_bar.note(f"{(self._number or 0) + 1}/{count}")
        prose = "\n\n".join(block.text for block in page.blocks if isinstance(block, Prose))
        with self.app.batch_update():
            for name in ("#prose", "#pictures"):
                await self.query_one(name).remove_children()
            await self.query_one("#prose").mount(Markdown(f"# {page.title}\n\n{prose}", open_links=False))
            await self.query_one("#pictures").mount(*(picture_of(b) for b in page.blocks if not isinstance(b, Prose)))
        self.query_one("#page").scroll_home(animate=False)
        self.query_one("#page").focus()
        self._show_trace()
        self._keep_place()
        self.refresh_bindings()

    def _keep_place(self) -> None:
        self.services.progress.keep_place(Place(self._lesson.id, self._number or 0))
        if self._number == len(self._lesson.pages) - 1 and not self._unsolved:
            self.services.progress.finish(self._lesson.id)

    def _show_trace(self) -> None:
        for widget in self.query_one("#pictures").children:
            if isinstance(widget, Live | LiveGroup):
                widget.show(self.session.trace)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing before the first page; tokens are drawn where the loop is."""
        if action == "page" and parameters == (-1,):
            return bool(self._number)
        if action == "draw":
            return bool(self.query(Loop))
        return True

    async def action_advance(self) -> None:
        """Scroll on, or at the end of the page go to the next."""
        page = self.query_one("#page", VerticalScroll)
        if page.scroll_offset.y < page.max_scroll_y:
            page.scroll_page_down(animate=False)
        else:
            await self.action_page(1)

    def action_draw(self) -> None:
        """Draw the next token."""
        self._draw()

    async def action_page(self, by: int) -> None:
        """Go `by` pages on; after the last one comes the course again."""
        number = (self._number or 0) + by
        if number == len(self._lesson.pages):
            self._finish()
        elif number >= 0:
            self._number = number
            await self._show_page()

    def _finish(self) -> None:
        if self._unsolved:
            self.app.clear_notifications()
            self.notify("A quiz of this lesson is still open; solve it to pass.", markup=False)
        else:
            super().action_back()

    def action_back(self) -> None:
        """Leave the field or control, else the lesson."""
        page = self.query_one("#page")
        if self.focused is None or self.focused is page:
            super().action_back()
        else:
            page.focus()

    @on(PromptGiven)
    def _run_prompt(self, event: PromptGiven) -> None:
        self._ask(self.session.run(event.prompt))
        self.query_one("#page").focus()

    @on(SettingsChanged)
    def _adjust(self, event: SettingsChanged) -> None:
        self._ask(self.session.adjust(event.settings), group="settings")

    @on(DrawWanted)
    def _draw(self) -> None:
        if not self.session.trace.waiting:
            self._ask(self.session.draw())

    @on(RestartWanted)
    def _restart(self) -> None:
        self._ask(self.session.run(self.session.trace.prompt))

    @on(QuizBox.Solved)
    def _solved(self, event: QuizBox.Solved) -> None:
        self._unsolved.discard(event.quiz)
        self._keep_place()


def picture_of(block: Block) -> Picture:
    """The widget of a live block."""
    if isinstance(block, Prediction):
        return PredictionBox(block)
    if isinstance(block, Quiz):
        return QuizBox(block)
    assert not isinstance(block, Prose)
    return make(block.name, block.arguments)
