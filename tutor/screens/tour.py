"""A tour in two minutes: a few words at a time, beside the map, whose cursor points at what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tutor import paths
from tutor.course.exercises.exercise import Exercise
from tutor.course.outline import CourseLab, Lesson, Module, Topic
from tutor.record.states import ABSENT, Place, States
from tutor.widgets.coursetree import CourseTree
from tutor.widgets.keybar import KeyBar


@dataclass(frozen=True)
class Step:
    """A few words, and the kind of row that they are about."""

    title: str
    says: str
    """Keys in `[b]`."""
    about: type[Place]


STEPS = (
    Step(
        "The course",
        "Three modules, top to bottom: lessons, their topics, and labs.\n\n"
        "The mark before a row says how far it is, the number behind it how many minutes it takes. Nothing is locked.",
        Module,
    ),
    Step(
        "A lesson",
        "[b]Enter[/b] opens a topic. A page is one idea: [b]n[/b] goes on, [b]b[/b] goes back.\n\n"
        "Leave when you like. It opens again where you stopped.",
        Topic,
    ),
    Step(
        "Live pictures",
        "The numbers in a lesson are computed on this machine while you look, by a small language model that came "
        "along.\n\n[b]Tab[/b] leads into a picture. Change the text or a control, and see what follows from it.",
        Topic,
    ),
    Step(
        "Say it first",
        "Before some numbers are shown, you say what you expect. To be wrong is fine: that is how one learns.\n\n"
        "Questions that you missed come up again on another day. [b]r[/b] on the map opens them.",
        Topic,
    ),
    Step(
        "Exercises",
        "Rows with [b]code[/b] are exercises. You write a few lines of Python; [b]Ctrl+S[/b] checks them.\n\n"
        "There are three hints, and a solution for afterwards.",
        Exercise,
    ),
    Step(
        "Labs",
        "A lab trains a model for real, with a form for its options.\n\n"
        "It works in the background: leave, close the laptop, come back, and watch it go on.",
        CourseLab,
    ),
    Step(
        "Chat",
        "[b]c[/b] opens the chat. Talk to the model that came along, or to one that you trained, next to the "
        "model that it was made from.",
        Module,
    ),
    Step(
        "Help is near",
        "[b]?[/b] explains the screen you are on, with all its keys. [b]g[/b] looks up a term. [b]Ctrl+P[/b] finds any "
        "screen, and any word of the course.\n\n[b]n[/b] on the map begins.",
        Module,
    ),
)


class TourScreen(ModalScreen[None]):
    """Enter goes on; Escape leaves."""

    CSS_PATH = str(paths.assets_dir() / "tour.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,n,space,right", "step(1)", "Go on", key_display="Enter"),
        Binding("b,left", "step(-1)", "Back", key_display="b"),
        Binding("escape,q", "dismiss", "Leave", key_display="Esc"),
    ]

    def __init__(self, tree: CourseTree) -> None:
        super().__init__()
        self._tree = tree
        self._number = 0

    def compose(self) -> ComposeResult:
        """The words, above the keys that work here."""
        with VerticalScroll(id="tour", can_focus=False):
            yield Static(id="tour-says", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin."""
        self._show()

    def _show(self) -> None:
        step = STEPS[self._number]
        says = Content.assemble((step.title, "bold $primary"), "\n\n", Content.from_markup(step.says))
        self.query_one("#tour-says", Static).update(says)
        self.query_one("#tour").border_subtitle = f"{self._number + 1} of {len(STEPS)}"
        if place := first_of(step.about, self._tree.places(), self._tree.states):
            self._tree.go_to(place)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing before the first step."""
        return not (action == "step" and parameters == (-1,) and self._number == 0)

    def action_step(self, by: int) -> None:
        """Show another step; after the last one comes the map."""
        self._number += by
        if self._number < len(STEPS):
            self._show()
        else:
            self.dismiss()


def first_of(kind: type[Place], places: Iterable[Place], states: States) -> Place | None:
    """The first of `places` of a kind, one that can be opened where there is one."""
    fitting = [place for place in places if isinstance(place, kind)]
    open_ones = (place for place in fitting if isinstance(place, Module | Lesson) or states.of(place) != ABSENT)
    return next(open_ones, next(iter(fitting), None))
