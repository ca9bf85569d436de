"""A lesson: one idea a page, its text beside (or above) live pictures of the learner's own input."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Markdown, Static

from tutor import paths
from tutor.course.blocks import Block, ExerciseBlock, Prediction, Prose
from tutor.course.lesson import LessonText, Page
from tutor.course.outline import load_outline
from tutor.engine.tiers import default_model
from tutor.errors import TutorError
from tutor.screens import navigation
from tutor.screens.base import TutorScreen
from tutor.screens.lesson_record import LessonRecord
from tutor.screens.lesson_session import LessonSession
from tutor.widgets.lesson.asking import Asking
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.lesson.live import (
    DrawWanted,
    LiveGroup,
    PromptGiven,
    RestartWanted,
    SettingsChanged,
    TopicWanted,
)
from tutor.widgets.lesson.loop import Loop
from tutor.widgets.lesson.parts import needs_trace, part_of
from tutor.widgets.lesson.prediction import PredictionBox
from tutor.widgets.lesson.questionbox import QuestionBox

COVERED = "What comes here is shown once you have committed to a prediction."


class LessonScreen(TutorScreen):
    """Pages of a lesson, with one trace that all its pictures share."""

    CSS_PATH = str(paths.assets_dir() / "lesson.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#page"
    HELP = """\
One idea a page: **n** goes on, **b** goes back; the place is remembered, and so is what you set and typed.

The pictures are computed while you look, on this machine; a line under each says by what. **Tab** leads into fields,
controls and cells, the arrows change them, **Esc** leads out again; from the page itself, Esc leads back to the course.

Where a picture is told in steps, **s** goes to the next. **m** takes another model, **x** opens the page's exercise.

A prediction or a fact check counts when you have answered it, a quiz or a bug when you got it right; a second try asks
with other values. What you missed comes up for review another day.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "page(1)", "Next", tooltip="Next page"),
        Binding("b", "page(-1)", "Previous", tooltip="Previous page"),
        Binding("space", "advance", show=False, tooltip="Scroll on, at the end the next page"),
        Binding("s", "step", "Step", tooltip="Tell the next step, and move the picture"),
        Binding("d", "draw", "Draw", tooltip="Draw the next token and append it"),
        Binding("x", "exercise", "Exercise", tooltip="Open this page's exercise"),
        Binding("m", "model", "Model", tooltip="Take another model"),
        Binding("r", "again", "Ask again", tooltip="Ask the engine again what it failed to answer"),
    ]

    def __init__(self, lesson: LessonText, page: int | None = None) -> None:
        """Args: page: where to open it, counted from 0; where the learner stopped by default."""
        super().__init__()
        self._lesson = lesson
        self._number = page or 0
        self._given = page is not None
        self._record: LessonRecord | None = None
        self._session: LessonSession | None = None
        self._traced = any(needs_trace(b) for page in lesson.pages for b in page.blocks)

    def body(self) -> ComposeResult:
        """Text and pictures; the style sheet puts them beside or above each other."""
        with VerticalScroll(id="page", classes="pane"):
            yield Vertical(id="prose")
            yield Vertical(id="pictures")

    async def on_mount(self) -> None:
        """Open the page, and begin to load the model if the lesson shows the learner's prompt."""
        if self.leaving:  # as soon as it was opened
            return
        self._record = LessonRecord(self.services.progress, self._lesson)
        if not self._given:
            self._number = self.record.place()
        self._number = min(self._number, len(self._lesson.pages) - 1)
        self._session = LessonSession(self.services.engine, default_model(), self._show_trace)
        self.session.trace.prompt = self.record.inputs(0).get("prompt", self.session.trace.prompt)
        await self._show_page()
        self._run()

    def on_screen_resume(self) -> None:
        """Back from another screen, perhaps another lesson: here is the place to go on."""
        if self._record is not None:
            self._record.reached(self._number)

    @property
    def session(self) -> LessonSession:
        """The lesson's trace and its engines."""
        assert self._session is not None
        return self._session

    @property
    def record(self) -> LessonRecord:
        """What is kept of the lesson."""
        assert self._record is not None
        return self._record

    def _run(self) -> None:
        if self._traced:
            self._ask(self.session.run(self.session.trace.prompt))

    def _ask(self, work: Coroutine[None, None, None], group: str = "trace") -> None:
        """Do `work` beside the screen; newer work of its group cancels older, so that quick changes do not queue up."""
        self.run_worker(work, group=group, exclusive=True)

    @property
    def _page(self) -> Page:
        return self._lesson.pages[self._number]

    async def _show_page(self) -> None:
        page, count = self._page, len(self._lesson.pages)
        self.title_bar.go(f"{self._lesson.id} {self._lesson.title}")
        self.title_bar.note(f"{self._number + 1}/{count}")
        prose = "\n\n".join(block.text for block in page.blocks if isinstance(block, Prose))
        with self.app.batch_update():
            for name in ("#prose", "#pictures"):
                await self.query_one(name).remove_children()
            await self.query_one("#prose").mount(Markdown(f"# {page.title}\n\n{prose}", open_links=False))
            await self._show_parts()
        self.query_one("#page").scroll_home(animate=False)
        self.query_one("#page").focus()
        self.record.reached(self._number)
        self.refresh_bindings()

    async def _show_parts(self) -> None:
        """Mount the live parts that are not there yet, as far as nothing has to be predicted first."""
        place = self.query_one("#pictures")
        await place.query(".covered").remove()
        blocks = [block for block in self._page.blocks if not isinstance(block, Prose)]
        shown = self._uncovered(blocks)
        parts = [self._part(number, block) for number, block in enumerate(blocks[:shown])]
        new: list[Widget] = list(parts[len(place.children) :])
        if shown < len(blocks):
            new.append(Static(COVERED, classes="covered", markup=False))
        await place.mount(*new)
        self._show_trace()

    def _uncovered(self, blocks: Sequence[Block]) -> int:
        """How many blocks may be shown: those up to the first prediction that hides what comes after it."""
        for number, block in enumerate(blocks):
            if isinstance(block, Prediction) and block.hides and not self.record.tries(block.id):
                return number + 1
        return len(blocks)

    def _part(self, number: int, block: Block) -> Widget:
        part = part_of(block, self.record.tries(getattr(block, "id", "")))
        if isinstance(part, Asking):
            part.session = self.session
        if isinstance(part, FigureBox):
            part.restore(self.record.inputs(self._number).get(str(number), {}))
        return part

    def _failed(self) -> bool:
        return self.session.trace.error is not None or any(box.failed for box in self.query(FigureBox))

    def _show_trace(self) -> None:
        if self.leaving:  # an answer that comes while the lesson is being left
            return
        self.title_bar.under_way("the model works" if self.session.trace.waiting else "")
        self.refresh_bindings()
        for widget in self.query_one("#pictures").children:
            # A part that is being put there has no parts of its own yet; it is shown the trace when it has.
            if isinstance(widget, LiveGroup) and widget.is_mounted and not widget.leaving:
                widget.show(self.session.trace)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are offered where there is something for them to do."""
        if action == "page" and parameters == (-1,):
            return bool(self._number)
        if action == "draw":
            return bool(self.query(Loop))
        if action == "step":
            return self._told() is not None
        if action == "again":
            return self._session is not None and self._failed()
        if action == "exercise":
            return any(isinstance(block, ExerciseBlock) for block in self._page.blocks)
        return True

    def _told(self) -> FigureBox | None:
        return next((box for box in self.query(FigureBox) if box.has_steps), None)

    async def action_advance(self) -> None:
        """Scroll on, or at the end of the page go to the next."""
        page = self.query_one("#page", VerticalScroll)
        if page.scroll_offset.y < page.max_scroll_y:
            page.scroll_page_down(animate=False)
        else:
            await self.action_page(1)

    def action_step(self) -> None:
        """Tell the next step of the picture; after the last one, the first again."""
        box = self._told()
        if box is not None and not box.step(1):
            box.rewind()

    def action_draw(self) -> None:
        """Draw the next token."""
        self.post_message(DrawWanted())

    def action_exercise(self) -> None:
        """Open the page's exercise."""
        from tutor.course.exercises.exercise import find_exercise

        name = next(block.name for block in self._page.blocks if isinstance(block, ExerciseBlock))
        try:
            navigation.open_exercise(self.app, find_exercise(name))
        except TutorError as error:
            self.complain(error)

    def action_model(self) -> None:
        """Choose the model that the pictures are computed with."""
        from tutor.screens.picker import ModelPicker

        picker = ModelPicker("Model of this lesson", trainable=True, current=self.session.model)
        self.app.push_screen(picker, self._use)

    def _use(self, model: str | None) -> None:
        if model and model != self.session.model:
            self.session.use(model)
            self._run()
            for box in self.query(FigureBox):
                box.ask_again()

    def action_again(self) -> None:
        """After a failure, such as an engine that died: the next request starts it afresh."""
        if self.session.trace.error is not None:
            self._run()
        for box in self.query(FigureBox):
            if box.failed:
                box.ask_again()

    async def action_page(self, by: int) -> None:
        """Go `by` pages on; after the last one comes the course again."""
        number = self._number + by
        if number == len(self._lesson.pages):
            self._finish()
        elif number >= 0:
            self._number = number
            await self._show_page()

    def _finish(self) -> None:
        if still := self.record.open_checks():
            pages = [n for n, page in enumerate(self._lesson.pages, 1) if any(check in page.blocks for check in still)]
            self.app.clear_notifications()
            where = f"page {pages[0]}" if len(pages) == 1 else f"pages {', '.join(map(str, pages))}"
            self.notify(f"To pass, answer what is still open on {where}. Esc leaves anyway.", markup=False)
        else:
            super().action_back()

    def action_back(self) -> None:
        """Leave the field or control, else the lesson."""
        page = self.query_one("#page")
        if self.focused is not None and self.focused is not page:
            page.focus()
        else:
            super().action_back()

    @on(PromptGiven)
    def _prompt(self, event: PromptGiven) -> None:
        self.record.keep_inputs(0, self.record.inputs(0) | {"prompt": event.prompt})
        self._ask(self.session.run(event.prompt))

    @on(SettingsChanged)
    def _adjust(self, event: SettingsChanged) -> None:
        self._ask(self.session.adjust(event.settings), group="settings")

    @on(DrawWanted)
    def _draw(self, event: DrawWanted) -> None:
        if not self.session.trace.waiting:
            self._ask(self.session.draw(event.count))

    @on(TopicWanted)
    def _open_topic(self, event: TopicWanted) -> None:
        topic = load_outline().topic(event.topic)
        if topic is not None:
            navigation.open_topic(self.app, topic)

    @on(RestartWanted)
    def _restart(self) -> None:
        self._ask(self.session.run(self.session.trace.prompt))

    @on(FigureBox.Changed)
    def _keep_inputs(self) -> None:
        parts = self.query_one("#pictures").children
        boxes = {str(number): part.keep() for number, part in enumerate(parts) if isinstance(part, FigureBox)}
        self.record.keep_inputs(self._number, self.record.inputs(self._number) | boxes)

    @on(QuestionBox.Answered)
    def _answered(self, event: QuestionBox.Answered) -> None:
        self.record.answered(event.block, event.score == 1, event.score, event.detail)
        self.record.reached(self._number)

    @on(PredictionBox.Committed)
    async def _committed(self, event: PredictionBox.Committed) -> None:
        self.record.answered(event.block, event.right, event.score, event.detail)
        self.record.reached(self._number)
        await self._show_parts()

    @on(Button.Pressed, ".door")
    def _door(self) -> None:
        self.action_exercise()
