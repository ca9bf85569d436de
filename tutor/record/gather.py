"""Everything that was recorded about a learner's course, in teaching order."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tutor.course.exercises.desk import Desk, Record
from tutor.course.exercises.exercise import Exercise, all_exercises
from tutor.course.outline import CourseLab, Outline, Topic
from tutor.course.progress import Recorded, Saved, TopicState
from tutor.course.progress.mastery import Mastery, mastery
from tutor.course.reviews import Review, readable_lesson, reviews
from tutor.record.labs import LabRun, best_run, lab_runs, lab_states
from tutor.record.states import States, next_place

UNJUDGED = ("predict", "exercise")
"""A prediction is near or far; exercises have a record of their own."""


@dataclass(frozen=True)
class TopicRecord:
    """What was done in one topic."""

    topic: Topic
    state: str
    changed: float | None
    """When it was started, or passed (seconds since the epoch)."""
    objectives: tuple[tuple[str, Mastery], ...]
    first_try: int
    """Checks that were right at once; those that were right later; those that never were."""
    later: int
    never: int
    predictions: tuple[Recorded, ...]
    """The first one for each question."""
    due: int


@dataclass(frozen=True)
class ExerciseRecord:
    """What was done at one exercise."""

    exercise: Exercise
    record: Record


@dataclass(frozen=True)
class LabRecord:
    """How far one lab is; `run` is the run that passed it."""

    lab: CourseLab
    state: str
    run: LabRun | None


@dataclass(frozen=True)
class CourseRecord:
    """All of it."""

    topics: list[TopicRecord]
    exercises: list[ExerciseRecord]
    labs: list[LabRecord]
    reviews: list[Review]
    states: States
    next: Topic | CourseLab | None


def gather(outline: Outline, saved: Saved, now: float) -> CourseRecord:
    """The record of the course at `now` (seconds since the epoch).

    Raises:
        TutorError: the record of an exercise is damaged.
    """
    runs = lab_runs()
    exercises = [ExerciseRecord(exercise, Desk(exercise).record()) for exercise in all_exercises()]
    waiting = reviews(outline, saved.attempts, now)
    states = States(
        topics={topic: known.state for topic, known in saved.topics.items()},
        labs=lab_states(runs),
        exercises={one.exercise.id: one.record.state for one in exercises},
        due=Counter(one.topic.id for one in waiting),
    )
    return CourseRecord(
        topics=[_topic(topic, saved, states) for topic in outline.topics()],
        exercises=exercises,
        labs=[LabRecord(lab, states.of(lab), best_run(lab.name, runs)) for lab in outline.labs()],
        reviews=waiting,
        states=states,
        next=next_place(outline, states),
    )


def _topic(topic: Topic, saved: Saved, states: States) -> TopicRecord:
    attempts = [attempt for attempt in saved.attempts if attempt.topic == topic.id]
    by_check = [list(group) for _, group in itertools.groupby(sorted(attempts, key=_check), key=_check)]
    judged = [[one.right for one in tries] for tries in by_check if tries[0].kind not in UNJUDGED]
    known: TopicState | None = saved.topics.get(topic.id)
    return TopicRecord(
        topic=topic,
        state=states.of(topic),
        changed=known.changed if known else None,
        objectives=_objectives(topic, {attempt.check: attempt.right for attempt in attempts}),
        first_try=sum(tries[0] for tries in judged),
        later=sum(any(tries) and not tries[0] for tries in judged),
        never=sum(not any(tries) for tries in judged),
        predictions=tuple(tries[0] for tries in by_check if tries[0].kind == "predict"),
        due=states.due.get(topic.id, 0),
    )


def _check(attempt: Recorded) -> str:
    return attempt.check


def _objectives(topic: Topic, latest: Mapping[str, bool]) -> tuple[tuple[str, Mastery], ...]:
    lesson = readable_lesson(topic)
    if lesson is None:
        return ()
    checks = [(check.id, check.objective) for check in lesson.checks()]
    return tuple(zip(lesson.objectives, mastery(len(lesson.objectives), checks, latest), strict=True))
