"""The outline of the course, read from `lessons/course.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import TutorError

OUTLINE_FORMAT = 1


@dataclass(frozen=True)
class Topic:
    """One topic; `file` is its lesson, or None while it is not written."""

    id: str
    title: str
    minutes: int
    file: Path | None
    needs: tuple[str, ...] = ()
    """What it builds on: ids of topics and names of labs."""


@dataclass(frozen=True)
class CourseLab:
    """A lab's place in the course; `available` once its recipe exists."""

    name: str
    title: str
    minutes: int
    available: bool
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its name, which no topic has."""
        return self.name


@dataclass(frozen=True)
class Lesson:
    """A few topics that belong together, and the labs that practise them."""

    id: str
    title: str
    topics: tuple[Topic, ...]
    labs: tuple[CourseLab, ...]

    @property
    def steps(self) -> list[Topic | CourseLab]:
        """Its topics, then its labs."""
        return [*self.topics, *self.labs]


@dataclass(frozen=True)
class Module:
    """A third of the course."""

    id: str
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class Outline:
    """The whole course, in teaching order."""

    modules: tuple[Module, ...]

    def lessons(self) -> Iterator[Lesson]:
        """Every lesson, in order."""
        for module in self.modules:
            yield from module.lessons

    def topics(self) -> Iterator[Topic]:
        """Every topic, in order."""
        for lesson in self.lessons():
            yield from lesson.topics

    def labs(self) -> Iterator[CourseLab]:
        """Every lab, in order."""
        for lesson in self.lessons():
            yield from lesson.labs

    def steps(self) -> Iterator[Topic | CourseLab]:
        """Every topic and lab, in teaching order."""
        for lesson in self.lessons():
            yield from lesson.steps

    def step(self, step_id: str) -> Topic | CourseLab | None:
        """The topic or lab called `step_id`."""
        return next((step for step in self.steps() if step.id == step_id), None)

    def topic(self, topic_id: str) -> Topic | None:
        """The topic called `topic_id`, such as `1.3.2`."""
        return next((topic for topic in self.topics() if topic.id == topic_id), None)


def load_outline(lessons: Path | None = None, labs: Path | None = None) -> Outline:
    """The outline in `course.toml`, with the files that exist beside it.

    Args:
        lessons: the folder with `course.toml`; the course's own by default.
        labs: the folder with the recipes; the course's own by default.

    Raises:
        TutorError: the file is missing or broken; the sentence names the place.
    """
    lessons, labs = lessons or paths.lessons_dir(), labs or paths.labs_dir()
    file = lessons / "course.toml"
    try:
        document = tomllib.loads(file.read_text())
        if document["format"] != OUTLINE_FORMAT:
            raise TutorError(f"{file} has format {document['format']}.", f"This tutor reads format {OUTLINE_FORMAT}.")
        outline = Outline(tuple(_module(entry, lessons, labs) for entry in document["module"]))
    except OSError as error:
        raise TutorError(
            f"The course outline {file} cannot be read: {error.strerror}.", "Install tutor again."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise TutorError(f"{file} is not valid TOML: {error}.", "Mend that line.") from error
    except KeyError as error:
        raise TutorError(
            f"{file}: an entry has no {error}.", "Every entry needs the keys that its neighbours have."
        ) from error
    _expect_needs_before(file, outline)
    return outline


def _expect_needs_before(file: Path, outline: Outline) -> None:
    before: set[str] = set()
    for step in outline.steps():
        for needed in step.needs:
            if needed not in before:
                raise TutorError(f"{file}: {step.id} needs {needed!r}, which does not come before it.", "Mend `needs`.")
        before.add(step.id)


def _module(entry: dict[str, Any], lessons: Path, labs: Path) -> Module:
    return Module(entry["id"], entry["title"], tuple(_lesson(lesson, lessons, labs) for lesson in entry["lesson"]))


def _lesson(entry: dict[str, Any], lessons: Path, labs: Path) -> Lesson:
    folder = lessons / entry["folder"]
    return Lesson(
        id=entry["id"],
        title=entry["title"],
        topics=tuple(_topic(topic, folder) for topic in entry["topics"]),
        labs=tuple(_lab(lab, labs) for lab in entry.get("labs", [])),
    )


def _topic(entry: dict[str, Any], folder: Path) -> Topic:
    file = next(iter(sorted(folder.glob(f"{entry['id']}-*.md"))), None)
    return Topic(entry["id"], entry["title"], entry["minutes"], file, tuple(entry.get("needs", ())))


def _lab(entry: dict[str, Any], labs: Path) -> CourseLab:
    stem = entry["name"].removeprefix("lab-").replace("-", "_")
    available = (labs / f"{stem}.toml").is_file() and (labs / f"{stem}.py").is_file()
    return CourseLab(entry["name"], entry["title"], entry["minutes"], available, tuple(entry.get("needs", ())))
