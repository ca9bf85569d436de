"""What the map says about a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tutor.course.exercises.exercise import Exercise
from tutor.course.outline import CourseLab, Lesson, Module, Outline, Topic
from tutor.errors import TutorError
from tutor.record.states import ABSENT, STATE_NAMES, Place, States, inside
from tutor.text import counted
from tutor.widgets.coursetree import GLYPHS

if TYPE_CHECKING:
    from tutor.course.reviews import Review

Part = str | tuple[str, str]


def details(place: Place, states: States, outline: Outline) -> Content:
    """A few lines about one row of the map."""
    if isinstance(place, Topic):
        return Content.assemble(*_topic(place, states, outline))
    if isinstance(place, CourseLab):
        return Content.assemble(*_lab(place, states, outline))
    if isinstance(place, Exercise):
        return Content.assemble(*_exercise(place, states))
    return Content.assemble(*_branch(place, states))


def coming(place: Topic | CourseLab | None, waiting: Sequence[Review], *, tour: bool) -> Content:
    """What comes next, what is due for review, and the tour where it is offered; each with its key."""
    lines = []
    if place is not None:
        lines.append(("n", "Next", f"{place.id} {place.title}" if isinstance(place, Topic) else place.title))
    if waiting:
        lines.append(("r", "Review", counted(len(waiting), "check")))
    if tour:
        lines.append(("t", "New here?", "Tour, 2 min"))
    return Content("\n").join(
        Content.assemble((key, "bold $footer-key-foreground"), (f" {name} ", "$muted"), (says, "bold"))
        for key, name, says in lines
    )


def _topic(topic: Topic, states: States, outline: Outline) -> list[Part]:
    parts: list[Part] = [_heading(f"{topic.id}  {topic.title}"), _facts(topic.minutes, STATE_NAMES[states.of(topic)])]
    if due := states.due.get(topic.id):
        parts.append((f"\n{counted(due, 'check')} due for review", "$operation"))
    parts += _needs(topic, states, outline)
    if topic.file is None:
        return [*parts, "\n\nThis lesson has its place in the course, but nobody has written it yet."]
    from tutor.course.lesson import load_lesson

    try:
        lesson = load_lesson(topic.file)
    except TutorError as error:
        return [*parts, ("\n\n" + error.what, "$problem"), "\n" + error.todo]
    parts.append(("\n\nYou will", "$muted"))
    parts.extend(f"\n• {objective}" for objective in lesson.objectives)
    return [*parts, (f"\n\n{len(lesson.pages)} pages", "$muted")]


def _lab(lab: CourseLab, states: States, outline: Outline) -> list[Part]:
    parts: list[Part] = [_heading(lab.title), _facts(lab.minutes, STATE_NAMES[states.of(lab)])]
    parts += [(f"\n{lab.name}", "$muted"), *_needs(lab, states, outline)]
    if not lab.available:
        return [*parts, "\n\nThis lab has its place in the course, but its recipe is not written yet."]
    from tutor.runs.config import load_lab

    try:
        summary = load_lab(lab.name).summary
    except TutorError as error:
        return [*parts, ("\n\n" + error.what, "$problem")]
    return [*parts, "\n\n" + summary]


def _needs(place: Topic | CourseLab, states: States, outline: Outline) -> list[Part]:
    """What it builds on. Nothing is locked: who knows that already goes on."""
    needed = [step for step in map(outline.step, place.needs) if step is not None]
    names = ", ".join(f"{GLYPHS[states.shown(step)]} {step.id}" for step in needed)
    return [("\nbuilds on ", "$muted"), names] if needed else []


def _exercise(exercise: Exercise, states: States) -> list[Part]:
    return [
        _heading(exercise.title),
        _facts(exercise.minutes, STATE_NAMES[states.of(exercise)]),
        (f"\nexercise for {exercise.topic}", "$muted"),
        ("\n\nIn code, you will", "$muted"),
        *(f"\n• {objective}" for objective in exercise.objectives),
    ]


def _branch(place: Module | Lesson, states: States) -> list[Part]:
    items = inside(place)
    written = [item for item in items if states.of(item) != ABSENT]
    kind = "Module" if isinstance(place, Module) else "Lesson"
    left = states.minutes_left(items)
    return [
        _heading(f"{kind} {place.id}  {place.title}"),
        _facts(sum(item.minutes for item in items), f"{states.passed(items)} of {len(items)} passed"),
        f"\n\n{counted(sum(isinstance(item, Topic) for item in items), 'topic')}, "
        f"{counted(sum(isinstance(item, CourseLab) for item in items), 'lab')}; {len(written)} can be opened so far.",
        *([f"\n\nLeft to do: {_time(left)}"] if left else []),
    ]


def _heading(text: str) -> Part:
    return (text, "bold")


def _facts(minutes: int, state: str) -> Part:
    return (f"\n{_time(minutes)} · {state}", "$muted")


def _time(minutes: int) -> str:
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
