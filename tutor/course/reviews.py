"""Where the checks are that come up for review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tutor.course.blocks import Check
from tutor.course.lesson import LessonText, load_lesson
from tutor.course.outline import Outline, Topic
from tutor.course.progress import Recorded
from tutor.course.progress.review import due
from tutor.errors import TutorError


@dataclass(frozen=True)
class Review:
    """A due check and the page of its lesson, counted from 0."""

    topic: Topic
    page: int
    title: str
    """The page's."""
    check: str
    since: float
    """Seconds since the epoch."""


def page_of(lesson: LessonText, check: str) -> int | None:
    """The page of the check called `check`, counted from 0; None where the lesson has no such check."""
    for number, page in enumerate(lesson.pages):
        if any(isinstance(block, Check) and block.id == check for block in page.blocks):
            return number
    return None


def reviews(outline: Outline, attempts: Iterable[Recorded], now: float) -> list[Review]:
    """What is due at `now` (seconds since the epoch) and still in the course, the longest due first."""
    lessons: dict[str, LessonText | None] = {}
    found: list[Review] = []
    for one in due(attempts, now):
        topic = outline.topic(one.topic)
        if topic is None:
            continue
        if topic.id not in lessons:
            lessons[topic.id] = readable_lesson(topic)
        lesson = lessons[topic.id]
        if lesson and (page := page_of(lesson, one.check)) is not None:
            found.append(Review(topic, page, lesson.pages[page].title, one.check, one.since))
    return found


def readable_lesson(topic: Topic) -> LessonText | None:
    """The lesson of `topic`; None while it is missing or broken, which its row on the map tells."""
    try:
        return load_lesson(topic.file) if topic.file else None
    except TutorError:
        return None
