"""The record of a course in a few rows: what is done, due and next."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tutor.course.outline import CourseLab, Topic
from tutor.course.progress import PASSED
from tutor.record.gather import CourseRecord, ExerciseRecord, LabRecord, TopicRecord
from tutor.text import counted


@dataclass(frozen=True)
class Row:
    """A kind of thing that is recorded; `share` says how much of it is done, from 0 to 1, where that can be said."""

    name: str
    says: str
    share: float | None = None


def date(when: float) -> str:
    """`when` (seconds since the epoch) as a day, local time."""
    return time.strftime("%Y-%m-%d", time.localtime(when))


def done(record: CourseRecord) -> list[Row]:
    """How much of each kind of thing was done."""
    first, later, never = (sum(counts) for counts in zip(*map(_counts, record.topics), strict=True))
    return [
        _passed("Topics", [one.state == PASSED for one in record.topics]),
        _exercises(record.exercises),
        _labs(record.labs),
        Row("Checks", f"{first} right at the first try, {later} later, {never} not yet"),
        Row("Predictions", _predictions(record.topics)),
    ]


def coming(record: CourseRecord) -> list[Row]:
    """What is due, and what comes next."""
    waiting, topics = len(record.reviews), ", ".join(record.states.due)
    due = f"{counted(waiting, 'check')} due, in {topics}" if waiting else "nothing is due"
    return [Row("Review", due), Row("Next", _next(record.next))]


def _counts(topic: TopicRecord) -> tuple[int, int, int]:
    return topic.first_try, topic.later, topic.never


def _passed(name: str, passed: list[bool], more: str = "") -> Row:
    return Row(name, f"{sum(passed)} of {len(passed)} passed{more}", sum(passed) / len(passed) if passed else None)


def _exercises(exercises: list[ExerciseRecord]) -> Row:
    passed = [one.record for one in exercises if one.record.passed]
    helped = sum(one.gave_up is not None for one in passed)
    more = f", {helped} of them after opening the solution" if helped else ""
    return _passed("Exercises", [one.record.passed is not None for one in exercises], more)


def _labs(labs: list[LabRecord]) -> Row:
    short = sum(one.run is not None and one.run.smoke for one in labs)
    more = f", {short} of them in a short run" if short else ""
    return _passed("Labs", [one.run is not None for one in labs], more)


def _predictions(topics: list[TopicRecord]) -> str:
    made = [one for topic in topics for one in topic.predictions]
    if not made:
        return "none"
    mean = sum(one.score for one in made) / len(made)
    return f"{sum(one.right for one in made)} of {len(made)} near enough, on average {mean:.0%} near"


def _next(place: Topic | CourseLab | None) -> str:
    if place is None:
        return "everything is done"
    return f"{place.id if isinstance(place, Topic) else 'lab'} {place.title}, {place.minutes} min"
