"""The record of a course as a few lines of text, and as plain data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from tutor.record.gather import CourseRecord, TopicRecord
from tutor.record.summary import coming, date, done

WIDTH = 80


def lines(record: CourseRecord) -> Iterator[str]:
    """What is done, due and next; then every topic that was opened, with its objectives."""
    for row in done(record) + coming(record):
        yield f"{row.name:13}{row.says}"
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
