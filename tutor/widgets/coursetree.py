"""The course as a tree: modules, lessons, topics and labs, each with its state and the time it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from tutor.course.exercises.exercise import Exercise
from tutor.course.outline import CourseLab, Lesson, Module, Outline, Topic
from tutor.record.states import ABSENT, DUE, FAILED, NEW, PASSED, RUNNING, STARTED, Place, States, inside

GLYPHS = {NEW: "○", STARTED: "◐", PASSED: "●", FAILED: "✗", RUNNING: "▶", ABSENT: "·", DUE: "↻"}
TONES = {ABSENT: "muted", STARTED: "started", RUNNING: "started", PASSED: "passed", FAILED: "failed", DUE: "due"}


class CourseTree(Tree[Place]):
    """Moves with the arrows; Enter opens."""

    COMPONENT_CLASSES = {
        "coursetree--muted",
        "coursetree--started",
        "coursetree--passed",
        "coursetree--failed",
        "coursetree--due",
        "coursetree--module",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open"),
        Binding("left", "fold", "Fold", show=False),
        Binding("right", "unfold", "Unfold", show=False),
    ]

    def __init__(self, outline: Outline, exercises: Sequence[Exercise] = ()) -> None:
        super().__init__("course", id="course")
        self.states = States()
        self.show_root = False
        self.show_guides = False
        self.guide_depth = 2
        self.auto_expand = False
        self._add(outline, exercises)

    def _add(self, outline: Outline, exercises: Sequence[Exercise]) -> None:
        for module in outline.modules:
            branch = self.root.add(module.title, module, expand=True)
            for lesson in module.lessons:
                twig = branch.add(lesson.title, lesson, expand=True)
                for item in lesson.steps:
                    twig.add_leaf(item.title, item)
                    for exercise in exercises:
                        if isinstance(item, Topic) and exercise.topic == item.id:
                            twig.add_leaf(exercise.title, exercise)

    def show(self, states: States) -> None:
        """Show new states."""
        if states != self.states:
            self.states = states
            self._invalidate()
            self.refresh()

    def go_to(self, place: Place) -> None:
        """Put the cursor on `place`."""
        for node in self._tree_nodes.values():
            if node.data == place:
                self.move_cursor(node)

    def places(self) -> list[Place]:
        """Every place that has a row now: what is folded away has none."""
        return [node.data for node in self._tree_nodes.values() if node.data is not None and node.line >= 0]

    def action_fold(self) -> None:
        """Fold the branch, or go up to it."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    def action_unfold(self) -> None:
        """Open the branch, or go into it."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded:
            self.move_cursor(node.children[0])
        else:
            node.expand()

    action_cursor_left = action_fold
    action_cursor_right = action_unfold

    def render_label(self, node: TreeNode[Place], base_style: Style, style: Style) -> Text:
        """One row: state, number, title, and at the right minutes or how much is done."""
        place = node.data
        if place is None:
            return Text("")
        glyph, tone, name, *notes = self._parts(place, node.is_expanded)
        label = f"{glyph} {name}"
        width = self.scrollable_content_region.width - self._indent(node)
        note = next((note for note in notes if len(label) + 1 + len(note) <= width), notes[-1])
        room = max(10, width - len(note))
        if len(label) > room - 1:
            label = label[: room - 2] + "…"
        text = Text(label.ljust(room), style)
        text.append(note, style + self.get_component_rich_style("coursetree--muted", partial=True))
        if tone:
            colour = self.get_component_rich_style(f"coursetree--{tone}", partial=True)
            text.stylize(colour, 0, len(label) if tone in ("muted", "module") else 1)
        return text

    def get_label_width(self, node: TreeNode[Place]) -> int:
        """Every row fills the width, so none need be rendered to know it (Textual asks for all of them at once)."""
        return max(0, self.scrollable_content_region.width - self._indent(node))

    def _indent(self, node: TreeNode[Place]) -> int:
        depth, parent = 0, node.parent
        while parent is not None:
            depth, parent = depth + 1, parent.parent
        return (depth - 1) * self.guide_depth

    def _parts(self, place: Place, expanded: bool) -> tuple[str, ...]:
        """Glyph, tone, name and note of a row; where there are several notes, the first that has room is shown."""
        if isinstance(place, Module | Lesson):
            items = inside(place)
            done = f"{self.states.passed(items)}/{len(items)}"
            left = self.states.minutes_left(items)
            notes = (f"{short_time(left)} left  {done}", f"{short_time(left)}  {done}") if left else ()
            tone = "module" if isinstance(place, Module) else ""
            return "▾" if expanded else "▸", tone, f"{place.id}  {place.title}", *notes, done
        state = self.states.shown(place)
        kind = place.id if isinstance(place, Topic) else "lab  " if isinstance(place, CourseLab) else "code "
        return GLYPHS[state], TONES.get(state, ""), f"{kind}  {place.title}", f"{place.minutes}m"


def short_time(minutes: int) -> str:
    """`25m`, or `2.5h` from an hour and a half on."""
    return f"{minutes}m" if minutes < 90 else f"{minutes / 60:.1f}h"
