"""An exercise: the task, the learner's code, and what the tests say about it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static

from tutor import paths
from tutor.course.exercises.desk import Desk
from tutor.course.exercises.draft import Draft
from tutor.course.exercises.editor import edit
from tutor.course.exercises.exercise import HINTS, Exercise
from tutor.course.exercises.runner import Result
from tutor.errors import TutorError
from tutor.screens.base import TutorScreen
from tutor.screens.confirm import Confirm
from tutor.screens.exercise_texts import record_note, verdict
from tutor.screens.solution import SolutionScreen
from tutor.widgets.codeeditor import CodeEditor
from tutor.widgets.viewtabs import ViewTabs

LOOK_S = 0.5
"""How often the file is looked at, and what stands in the editor is saved."""

TASK, CODE = "Task", "Code"


class ExerciseScreen(TutorScreen):
    """Task and hints at the left, code and verdict at the right; one of the two at a time where there is no room."""

    CSS_PATH = str(paths.assets_dir() / "exercise.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#task"
    HELP = """\
Read the task, press **e** and write the code. **Ctrl+S** in the editor, or **c** outside of it, saves and runs the
tests in a process of their own, without network and with little time and memory.

What you write is kept by itself. You can as well write in an editor of your own, in another window or with **o**: the
file is checked whenever it is saved there.

Three hints, each gives more away. The solution opens when your code passes; before that, only if you give up, which is
recorded. In the editor **Tab** indents and **Esc** leads out.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit", tooltip="Write in the editor here"),
        Binding("ctrl+s,c", "check", "Check", tooltip="Save, and run the tests"),
        Binding("t", "hint", "Hint", tooltip="Open one more hint"),
        Binding("s", "solution", "Solution", tooltip="Compare with a solution"),
        Binding("o", "open", "$EDITOR", tooltip="Open the file in your own editor"),
        Binding("r", "reset", "Reset", show=False, tooltip="Begin again from the skeleton"),
    ]

    def __init__(self, exercise: Exercise) -> None:
        super().__init__()
        self._exercise = exercise
        self._code = CodeEditor(id="code")
        self._kept = ""
        """What stood in the editor when it was last read or saved."""
        self._glimpsed = ""
        """What stood in the editor at the last look: nothing is saved in the middle of a word."""
        self._checking = self._again = False

    def body(self) -> ComposeResult:
        """The style sheet puts the two halves beside each other, or shows the one that the tabs name."""
        self.add_class("-task")
        yield ViewTabs((TASK, CODE), id="views")
        with Horizontal(id="exercise"):
            with VerticalScroll(id="task", classes="pane"):
                yield Markdown(f"# {self._exercise.title}\n\n{self._exercise.task}", open_links=False)
                yield Vertical(id="hints")
            with Vertical(id="desk"):
                yield self._code
                with VerticalScroll(id="verdict", classes="pane"):
                    yield Static("Not checked yet: Ctrl+S saves and checks.", id="says", markup=False)

    async def on_mount(self) -> None:
        """Lay out the learner's file and the hints that are open already."""
        self._desk = Desk(self._exercise, self.services.now)
        self._draft = Draft(self._desk)
        self.title_bar.go(self._exercise.topic, self._exercise.title)
        try:
            self._load()
            hints = self._exercise.hints[: self._desk.record().hints]
        except TutorError as error:
            self.complain(error)
            return
        await self._show_hints(hints)
        self._show_record()
        self.set_interval(LOOK_S, self._look)

    # The learner's file

    def _load(self) -> None:
        self._code.load_text(self._draft.read())
        self._kept = self._glimpsed = self._code.text

    def _look(self) -> None:
        """Check what was saved elsewhere; save what was written here."""
        try:
            if self._draft.saved_outside():
                self._take_file()
                self._start_check()
            elif self._code.text == self._glimpsed:
                self._save()
            self._glimpsed = self._code.text
        except TutorError as error:
            self.complain(error)

    def _save(self) -> None:
        """Keep what stands in the editor; where the file was saved elsewhere in between, that one stands."""
        if self._draft.saved_outside():
            self._take_file()
        elif self._code.text != self._kept:
            self._draft.write(self._code.text)
            self._kept = self._code.text

    def _take_file(self) -> None:
        if self._code.text != self._kept:
            aside = self._desk.keep_aside(self._code.text)
            self.notify(f"It is kept in {aside}.", title="The file was saved elsewhere while you wrote.", markup=False)
        self._load()

    def on_unmount(self) -> None:
        """Nothing that was written is lost, however the screen ends."""
        with contextlib.suppress(TutorError):  # there is nobody left to tell
            self._save()

    # Checking

    def action_check(self) -> None:
        """Save, and run the tests."""
        try:
            self._save()
        except TutorError as error:
            self.complain(error)
            return
        self._start_check()
        if self.focused is not self._code:
            self._show(CODE)
            self.query_one("#verdict").focus()

    def _start_check(self) -> None:
        """Check now, or once more when the check that runs has ended: the verdict is that of the newest text."""
        if self._checking:
            self._again = True
            return
        self._checking = True
        self._say(Content.styled("Checking …", "$operation"))
        self.run_worker(self._check(), group="check")

    async def _check(self) -> None:
        try:
            self._say(verdict(await _beside(self._desk.check)))
        except TutorError as error:
            self._say(Content.assemble((error.what, "$problem"), f"\n{error.todo}"))
        finally:
            self._checking = False
        self._show_record()
        if self._again:
            self._again = False
            self._start_check()

    def _say(self, text: Content) -> None:
        self.query_one("#says", Static).update(text)
        self.query_one("#verdict").scroll_home(animate=False)

    def _show_record(self) -> None:
        self.title_bar.note(record_note(self._desk.record()))
        self.refresh_bindings()

    # Task and code

    def _show(self, view: str) -> None:
        self.query_one("#views", ViewTabs).choose(view)
        self.set_class(view == TASK, "-task")
        self.set_class(view == CODE, "-code")

    @on(ViewTabs.Changed)
    def _view_chosen(self) -> None:
        self._show(self.query_one("#views", ViewTabs).current)

    def action_edit(self) -> None:
        """Go into the editor."""
        self._show(CODE)
        self._code.focus()

    @on(CodeEditor.Left)
    def _to_task(self) -> None:
        self._show(TASK)
        self.query_one("#task").focus()

    def action_back(self) -> None:
        """Back to the task, and from there to where one came from."""
        if self.focused in (None, self.query_one("#task")):
            super().action_back()
        else:
            self._to_task()

    # Help

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """After the last hint there is no other."""
        return action != "hint" or len(self.query("#hints > *")) < HINTS

    async def action_hint(self) -> None:
        """Open one more hint."""
        await self._show_hints(self._exercise.hints[: self._desk.next_hint()])
        self._to_task()
        self.query_one("#task").scroll_end(animate=False)
        self._show_record()

    async def _show_hints(self, hints: tuple[str, ...]) -> None:
        shown = len(self.query("#hints > *"))
        opened = list(enumerate(hints, start=1))[shown:]
        await self.query_one("#hints").mount(
            *(Markdown(f"**Hint {number}.** {hint}", open_links=False) for number, hint in opened)
        )

    def action_solution(self) -> None:
        """Show the solution; before the code passes, ask first."""
        record = self._desk.record()
        if record.passed or record.gave_up:
            self._show_solution(True)
            return
        question = "Your code does not pass yet. If you open the solution now, your record will say so."
        self.app.push_screen(Confirm(question, "Give up and show it"), self._show_solution)

    def _show_solution(self, agreed: bool | None) -> None:
        if agreed:
            self.app.push_screen(SolutionScreen(self._desk.solution(give_up=True)))
            self._show_record()

    def action_reset(self) -> None:
        """Begin again, if the learner agrees."""
        question = "Begin again from the skeleton? What you have written is kept beside it."
        self.app.push_screen(Confirm(question, "Begin again"), self._reset)

    def _reset(self, agreed: bool | None) -> None:
        if not agreed:
            return
        try:
            self._save()
            backup = self._desk.reset()
            self._load()
        except TutorError as error:
            self.complain(error)
            return
        self._say(Content("Back to the skeleton." + (f" Your code is in {backup}." if backup else "")))
        self._show_record()

    def action_open(self) -> None:
        """Hand the terminal to the learner's editor until it ends; what it saved is then checked."""
        try:
            self._save()
            with self.app.suspend():
                edit(self._desk.work)
        except SuspendNotSupported:
            self.notify(f"Open {self._desk.work} yourself; it is checked when you save.", markup=False)
        except TutorError as error:
            self.complain(error)
        self.refresh()


async def _beside(check: Callable[[], Result]) -> Result:
    """Run `check` in a thread that nobody waits for: leaving the course does not take as long as an endless loop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def tell(act: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.cancelled() else act())

    def work() -> None:
        try:
            result = check()
        except Exception as error:  # whatever it is, it belongs to the one who waits
            failure = error
            tell(lambda: done.set_exception(failure))
        else:
            tell(lambda: done.set_result(result))

    threading.Thread(target=work, daemon=True, name="check").start()
    return await done
