"""Full-text search in the command palette: pages of lessons, exercises, labs and the glossary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import App
from textual.command import Hit, Hits, Provider
from textual.content import Content

from tutor.course.blocks import Prose
from tutor.course.exercises.exercise import all_exercises
from tutor.course.glossary import load_glossary
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.runs.config import load_lab
from tutor.screens import navigation

SHORTEST = 3
"""Letters; fewer are found nearly everywhere."""
AROUND = 30
"""Characters that are shown before and after what was found."""


@dataclass(frozen=True)
class Text:
    """Something to find: what it is called, what it says, and the way there."""

    place: str
    says: str
    go: Callable[[], None]


def texts(app: App[Any]) -> Iterator[Text]:
    """Every page, exercise, available lab and term of the course."""
    outline = load_outline()
    for topic in outline.topics():
        if topic.file is not None:
            for number, page in enumerate(load_lesson(topic.file).pages):
                prose = " ".join(block.text for block in page.blocks if isinstance(block, Prose))
                yield Text(f"{topic.id} {page.title}", prose, partial(navigation.open_topic, app, topic, number))
    for exercise in all_exercises():
        yield Text(f"Exercise: {exercise.title}", exercise.task, partial(navigation.open_exercise, app, exercise))
    for lab in outline.labs():
        if lab.available:
            yield Text(f"Lab: {lab.title}", load_lab(lab.name).summary, partial(navigation.open_lab, app, lab.name))
    for term in load_glossary():
        says = " · ".join((term.says, *term.also))
        yield Text(f"Glossary: {term.name}", says, partial(navigation.open_glossary, app, term.name))


class CourseSearch(Provider):
    """Finds words exactly as typed, in titles before texts."""

    async def startup(self) -> None:
        """Read everything once for each opening of the palette."""
        self._texts = [Text(one.place, " ".join(one.says.split()), one.go) for one in texts(self.app)]

    async def search(self, query: str) -> Hits:
        """The texts that say `query`."""
        wanted = query.strip().casefold()
        if len(wanted) < SHORTEST:
            return
        for text in self._texts:
            at = text.says.casefold().find(wanted)
            in_title = wanted in text.place.casefold()
            if in_title or at >= 0:
                yield Hit(0.9 if in_title else 0.3, Content(text.place), text.go, text.place, excerpt(text.says, at))


def excerpt(text: str, at: int) -> str:
    """What stands around position `at` of `text`, or its beginning where that is negative."""
    begin, end = max(at - AROUND, 0), max(at, 0) + 2 * AROUND
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
