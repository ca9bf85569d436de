"""The record of a course as a few lines of text, and as plain data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tutor.course.outline import CourseLab, Topic
from tutor.course.progress import PASSED
from tutor.record.gather import CourseRecord, TopicRecord
from tutor.record.report import date
from tutor.text import counted

WIDTH = 80


@dataclass(frozen=True)
class Row:
    """A kind of thing that is recorded; `share` says how much of it is done, from 0 to 1, where that can be said."""

    name: str
    says: str
    share: float | None = None


def lines(record: CourseRecord) -> Iterator[str]:
    """What is done, due and next; then every topic that was opened, with its objectives."""
    for row in summary(record):
        yield f"{row.name:11}{row.says}"
    for topic in record.topics:
        if topic.changed is not None:
            yield ""
            since = f"{topic.state} {date(topic.changed)}"
            yield f"{topic.topic.id}  {topic.topic.title}".ljust(WIDTH - len(since)) + since
            for text, one in topic.objectives:
                lead = f"  {mastered(one.right, one.checks)}  "
                yield textwrap.fill(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))


def mastered(right: int, checks: int) -> str:
    """`2 of 3`, or blanks of the same width where there is no check."""
    return (f"{right} of {checks}" if checks else "").ljust(6)


def summary(record: CourseRecord) -> list[Row]:
    """What is done, due and next, a row for each."""
    first, later, never = (sum(counts) for counts in zip(*map(_counts, record.topics), strict=True))
    return [
        _passed("Topics", [one.state == PASSED for one in record.topics]),
        _passed("Exercises", [one.record.passed is not None for one in record.exercises]),
        _passed("Labs", [one.run is not None for one in record.labs]),
        Row("Checks", f"{first} right at the first try, {later} later, {never} not yet"),
        Row("Review", _due(record)),
        Row("Next", _next(record.next)),
    ]


def _passed(name: str, passed: list[bool]) -> Row:
    return Row(name, f"{sum(passed)} of {len(passed)} passed", sum(passed) / len(passed) if passed else None)


def _counts(topic: TopicRecord) -> tuple[int, int, int]:
    return topic.first_try, topic.later, topic.never


def _due(record: CourseRecord) -> str:
    if not record.reviews:
        return "nothing is due"
    topics = ", ".join(record.states.due)
    return f"{counted(len(record.reviews), 'check')} due, in {topics}"


def _next(place: Topic | CourseLab | None) -> str:
    if place is None:
        return "everything is done"
    return f"{place.id if isinstance(place, Topic) else 'lab'} {place.title}, {place.minutes} min"


def plain(record: CourseRecord) -> dict[str, Any]:
    """The record as JSON can hold it. `docs/progress.md` lists the fields."""
    return {
        "topics": [_topic(one) for one in record.topics],
        "exercises": [
            {"exercise": one.exercise.id, "topic": one.exercise.topic, "state": one.record.state} | vars(one.record)
            for one in record.exercises
        ],
        "labs": [
            {"lab": one.lab.name, "state": one.state, "run": one.run.run.id if one.run else None} for one in record.labs
        ],
        "due": [
            {"topic": one.topic.id, "page": one.page, "check": one.check, "since": one.since} for one in record.reviews
        ],
        "next": record.next.id if record.next else None,
    }


def _topic(one: TopicRecord) -> dict[str, Any]:
    return {
        "topic": one.topic.id,
        "state": one.state,
        "changed": one.changed,
        "right_at_once": one.first_try,
        "right_later": one.later,
        "not_yet_right": one.never,
        "due": one.due,
        "objectives": [
            {"objective": text, "right": mastery.right, "checks": mastery.checks} for text, mastery in one.objectives
        ],
    }
