"""How far each topic, lab and exercise is, and which place comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tutor.course.exercises.exercise import Exercise
from tutor.course.outline import CourseLab, Lesson, Module, Outline, Topic

Place = Module | Lesson | Topic | CourseLab | Exercise

NEW, STARTED, PASSED, FAILED, RUNNING, ABSENT = "new", "started", "passed", "failed", "running", "absent"
DUE = "due"
STATE_NAMES = {
    NEW: "new",
    STARTED: "started",
    PASSED: "passed",
    FAILED: "a check failed",
    RUNNING: "running",
    ABSENT: "not written yet",
    DUE: "due for review",
}


@dataclass(frozen=True)
class States:
    """State of each topic (by id), lab (by name) and exercise (by id) that is not new."""

    topics: Mapping[str, str] = field(default_factory=dict)
    labs: Mapping[str, str] = field(default_factory=dict)
    exercises: Mapping[str, str] = field(default_factory=dict)
    due: Mapping[str, int] = field(default_factory=dict)
    """How many checks are due for review, of each topic that has any."""

    def of(self, place: Topic | CourseLab | Exercise) -> str:
        """How far one place is."""
        if isinstance(place, Exercise):
            return self.exercises.get(place.id, NEW)
        if isinstance(place, Topic):
            return ABSENT if place.file is None else self.topics.get(place.id, NEW)
        return self.labs.get(place.name, NEW if place.available else ABSENT)

    def shown(self, place: Topic | CourseLab | Exercise) -> str:
        """Its state as the map shows it: of a topic with due checks, that goes before started or passed."""
        return DUE if isinstance(place, Topic) and self.due.get(place.id) else self.of(place)

    def passed(self, places: Iterable[Topic | CourseLab]) -> int:
        """How many of `places` are passed."""
        return sum(self.of(place) == PASSED for place in places)

    def minutes_left(self, places: Iterable[Topic | CourseLab]) -> int:
        """The minutes of all that can be opened and is not passed."""
        return sum(place.minutes for place in places if self.of(place) not in (PASSED, ABSENT))


def inside(place: Module | Lesson) -> list[Topic | CourseLab]:
    """Every topic and lab of a lesson or module."""
    lessons = place.lessons if isinstance(place, Module) else (place,)
    return [step for lesson in lessons for step in lesson.steps]


def next_place(outline: Outline, states: States) -> Topic | CourseLab | None:
    """The first open topic or lab that is not passed, in teaching order."""
    return next((place for place in outline.steps() if states.of(place) not in (PASSED, ABSENT)), None)
