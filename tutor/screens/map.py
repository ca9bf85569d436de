"""The course map: where one is, what comes next, and everything there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static, Tree

from tutor.course.exercises.exercise import Exercise, all_exercises
from tutor.course.outline import CourseLab, Outline, Topic, load_outline
from tutor.course.progress import Recorded
from tutor.errors import TutorError
from tutor.record.states import Place, States, next_place
from tutor.screens import navigation
from tutor.screens.base import TutorScreen
from tutor.screens.map_details import coming, details
from tutor.widgets.coursetree import CourseTree

if TYPE_CHECKING:
    from tutor.course.reviews import Review

TOUR = "tour"
"""What the progress calls the tour, once it was taken or refused."""


class MapScreen(TutorScreen):
    """The first screen."""

    PLACE = "Course"
    HELP = """\
The course, top to bottom: three modules of lessons, each lesson a few topics and the labs that practise them.

Rows with **code** are exercises: you write a few lines of Python, and tests look at them.

`○` new, `◐` started, `●` passed, `↻` due for review, `▶` running, `✗` a check failed, `·` not written yet.

**Enter** opens a topic, an exercise or a lab, **n** goes on with what comes next. A question that you missed comes up
again on another day: **r** opens the page of the one that waits longest. Runs go on when you leave.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next", "Next", tooltip="Open what comes next"),
        Binding("r", "review", "Review", tooltip="Open the page of a question that is due for review"),
        Binding("c", "chat", "Chat", tooltip="Talk to a model"),
        Binding("p", "progress", "Progress", tooltip="What is done, due and mastered"),
        Binding("t", "tour", "Tour", show=False, tooltip="A tour of the course in two minutes"),
        Binding("q", "app.quit", "Quit", tooltip="Leave; runs go on in the background"),
        Binding("escape", "noop", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._outline = load_outline()
        self._exercises = all_exercises()
        self._reviews: list[Review] = []

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
        self._show_states(States(self.services.progress.states()))
        # The tree has no lines before its first layout, so there is no place for its cursor yet.
        self.call_after_refresh(self._tree.go_to, topic or self._next() or self._outline.modules[0])

    def on_screen_resume(self) -> None:
        """Runs and progress may have changed while another screen was on top."""
        self.call_after_refresh(self._read_states)

    @property
    def _tree(self) -> CourseTree:
        return self.query_one(CourseTree)

    def _next(self) -> Topic | CourseLab | None:
        return next_place(self._outline, self._tree.states)

    @work(exclusive=True, group="runs")
    async def _read_states(self) -> None:
        """States of labs and exercises, and reviews: read after the first frame, beside it; there may be many."""
        progress = self.services.progress
        attempts, now = progress.attempts(), self.services.now()
        try:
            labs = await asyncio.to_thread(_lab_states)
            exercises = await asyncio.to_thread(_exercise_states, self._exercises)
        except TutorError as error:
            self.complain(error)
            return
        self._reviews = await asyncio.to_thread(_reviews, self._outline, attempts, now)
        if self.leaving:
            return
        self._show_states(States(progress.states(), labs, exercises, Counter(one.topic.id for one in self._reviews)))
        self.refresh_bindings()

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
        states = self._tree.states
        self.query_one("#about", Static).update(details(node.data, states, self._outline))
        progress = self.services.progress
        new = not states.topics and TOUR not in progress.seen()
        self.query_one("#next", Static).update(coming(self._next(), self._reviews, tour=new))

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A review needs something that is due."""
        return bool(self._reviews) if action == "review" else True

    def action_review(self) -> None:
        """Open the page of the check that has been due for longest."""
        navigation.open_topic(self.app, self._reviews[0].topic, self._reviews[0].page)

    def action_progress(self) -> None:
        """What is done, due and mastered."""
        navigation.open_progress(self.app)

    async def action_tour(self) -> None:
        """Show what there is; the tour offers itself no more."""
        from tutor.screens.tour import TourScreen

        began_at = self._tree.cursor_node

        def seen(_: None) -> None:
            self.services.progress.keep_seen(TOUR)
            self._tree.move_cursor(began_at)
            self._show_details()

        await self.app.push_screen(TourScreen(self._tree), seen)

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
    from tutor.record.labs import lab_runs, lab_states

    return lab_states(lab_runs())


def _exercise_states(exercises: list[Exercise]) -> dict[str, str]:
    from tutor.course.exercises.desk import Desk

    return {exercise.id: Desk(exercise).record().state for exercise in exercises}


def _reviews(outline: Outline, attempts: list[Recorded], now: float) -> list[Review]:
    from tutor.course.reviews import reviews

    return reviews(outline, attempts, now)
