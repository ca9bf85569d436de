"""What the map says about a place, and which place comes next."""

from __future__ import annotations

from textual.content import Content

from tutor.course.exercises.exercise import Exercise
from tutor.course.outline import CourseLab, Lesson, Module, Outline, Topic
from tutor.errors import TutorError
from tutor.widgets.coursetree import ABSENT, PASSED, STATE_NAMES, Place, States, inside

Part = str | tuple[str, str]


def next_place(outline: Outline, states: States) -> Topic | CourseLab | None:
    """The first open topic or lab that is not passed, in teaching order."""
    return next((place for place in outline.steps() if states.of(place) not in (PASSED, ABSENT)), None)


def details(place: Place, states: States) -> Content:
    """A few lines about one row of the map."""
    if isinstance(place, Topic):
        return Content.assemble(*_topic(place, states))
    if isinstance(place, CourseLab):
        return Content.assemble(*_lab(place, states))
    if isinstance(place, Exercise):
        return Content.assemble(*_exercise(place, states))
    return Content.assemble(*_branch(place, states))


def _topic(topic: Topic, states: States) -> list[Part]:
    parts: list[Part] = [_heading(f"{topic.id}  {topic.title}"), _facts(topic.minutes, STATE_NAMES[states.of(topic)])]
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


def _lab(lab: CourseLab, states: States) -> list[Part]:
    parts: list[Part] = [_heading(lab.title), _facts(lab.minutes, STATE_NAMES[states.of(lab)])]
    parts.append((f"\n{lab.name}", "$muted"))
    if not lab.available:
        return [*parts, "\n\nThis lab has its place in the course, but its recipe is not written yet."]
    from tutor.runs.config import load_lab

    try:
        summary = load_lab(lab.name).summary
    except TutorError as error:
        return [*parts, ("\n\n" + error.what, "$problem")]
    return [*parts, "\n\n" + summary]


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
    return [
        _heading(f"{kind} {place.id}  {place.title}"),
        _facts(sum(item.minutes for item in items), f"{states.passed(items)} of {len(items)} passed"),
        f"\n\n{_count(sum(isinstance(item, Topic) for item in items), 'topic')}, "
        f"{_count(sum(isinstance(item, CourseLab) for item in items), 'lab')}; {len(written)} can be opened so far.",
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _heading(text: str) -> Part:
    return (text, "bold")


def _facts(minutes: int, state: str) -> Part:
    time = f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    return (f"\n{time} · {state}", "$muted")
