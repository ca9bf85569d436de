"""The course map: where one is, what comes next, and everything there is."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, Tree

from tutor.course.exercises.exercise import Exercise, all_exercises
from tutor.course.outline import CourseLab, Topic, load_outline
from tutor.errors import TutorError
from tutor.screens import navigation
from tutor.screens.base import TutorScreen
from tutor.screens.map_details import details, next_place
from tutor.widgets.coursetree import CourseTree, Place, States


class MapScreen(TutorScreen):
    """The first screen."""

    PLACE = "Course"
    HELP = """\
The course, top to bottom: three modules of lessons, each lesson a few topics and the labs that practise them.

Rows with **code** are exercises: you write a few lines of Python, and tests look at them.

`○` new, `◐` started, `●` passed, `▶` running, `✗` a check failed, `·` not written yet.

**Enter** opens a topic, an exercise or a lab, **n** goes on with what comes next, **c** opens the chat. Runs
go on when you leave.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next", "Next", tooltip="Open what comes next"),
        Binding("c", "chat", "Chat", tooltip="Talk to a model"),
        Binding("g", "glossary", "Glossary", tooltip="Look up a term"),
        Binding("q", "app.quit", "Quit", tooltip="Leave; runs go on in the background"),
        Binding("escape", "noop", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._outline = load_outline()
        self._exercises = all_exercises()

    def body(self) -> ComposeResult:
        """The tree, and what it says about the row under the cursor."""
        with Horizontal(id="map"):
            yield CourseTree(self._outline, self._exercises)
            with Vertical(id="details"):
                with VerticalScroll(id="about-scroll", can_focus=False):
                    yield Static(id="about", markup=False)
                yield Static(id="next", markup=False)

    def on_mount(self) -> None:
        """Begin where the learner stopped."""
        place = self.services.progress.place()
        topic = self._outline.topic(place.topic) if place else None
        self._show_states(States(self.services.progress.states(), {}))
        # The tree has no lines before its first layout, so there is no place for its cursor yet.
        self.call_after_refresh(self._tree.go_to, topic or self._next() or self._outline.modules[0])

    def on_screen_resume(self) -> None:
        """Runs and progress may have changed while another screen was on top."""
        self.call_after_refresh(self._read_states)

    @property
    def _tree(self) -> CourseTree:
        return self.query_one(CourseTree)

    def _next(self) -> Place | None:
        return next_place(self._outline, self._tree.states)

    @work(exclusive=True, group="runs")
    async def _read_states(self) -> None:
        """The states of labs and exercises, read after the first frame and beside it: there may be many runs."""
        labs = await asyncio.to_thread(_lab_states)
        exercises = await asyncio.to_thread(_exercise_states, self._exercises)
        self._show_states(States(self.services.progress.states(), labs, exercises))

    def _show_states(self, states: States) -> None:
        self._tree.show(states)
        steps = list(self._outline.steps())
        self.title_bar.note(f"{states.passed(steps)} of {len(steps)} done")
        self._show_details()

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Place]) -> None:
        """Tell about the row under the cursor."""
        event.stop()
        self._show_details()

    def _show_details(self) -> None:
        node = self._tree.cursor_node
        if node is None or node.data is None:
            return
        self.query_one("#about", Static).update(details(node.data, self._tree.states))
        coming = self._next()
        name = f"{coming.id} {coming.title}" if isinstance(coming, Topic) else coming.title if coming else ""
        says = Content.assemble(("Next  ", "$muted"), (name, "bold"), ("  (n)", "$muted")) if name else Content()
        self.query_one("#next", Static).update(says)

    def on_tree_node_selected(self, event: Tree.NodeSelected[Place]) -> None:
        """Open a topic, an exercise or a lab; fold or unfold a branch."""
        event.stop()
        if event.node.allow_expand:
            event.node.toggle()
        else:
            self._open(event.node.data)

    def action_next(self) -> None:
        """Open what comes next."""
        self._open(self._next())

    def _open(self, place: Place | None) -> None:
        try:
            if isinstance(place, Topic):
                navigation.open_topic(self.app, place)
            elif isinstance(place, CourseLab):
                navigation.open_lab(self.app, place.name)
            elif isinstance(place, Exercise):
                navigation.open_exercise(self.app, place)
        except TutorError as error:
            self.complain(error)

    def action_chat(self) -> None:
        """Talk to a model."""
        navigation.open_chat(self.app)

    def action_noop(self) -> None:
        """Escape has nowhere to go from here."""


def _lab_states() -> dict[str, str]:
    """The import alone takes a tenth of the time to the first frame."""
    from tutor.screens.lab_states import lab_states

    return lab_states()


def _exercise_states(exercises: list[Exercise]) -> dict[str, str]:
    from tutor.course.exercises.desk import Desk

    return {exercise.id: Desk(exercise).record().state for exercise in exercises}
