"""An exercise: a folder `lessons/LESSON/exercises/ID/` with a task, a skeleton, a solution, a check and three hints."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import TutorError, UsageError, nearest

FACTS = "exercise.toml"
TASK = "task.md"
START = "start.py"
SOLUTION = "solution.py"
CHECK = "check.py"
FILES = (FACTS, TASK, START, SOLUTION, CHECK)

HINTS = 3
LIBRARIES = ("tokenizers", "torch")
"""What `uses` may name. NumPy is always there."""

KEYS: Mapping[str, type] = {
    "id": str,
    "title": str,
    "topic": str,
    "minutes": int,
    "order": int,
    "objectives": list,
    "hints": list,
}
OPTIONAL_KEYS: Mapping[str, type] = {"uses": list, "lab": str}


class ExerciseError(TutorError):
    """A file of an exercise is broken; the sentence names file and line."""

    def __init__(self, file: Path, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}", "Mend it; `tutor.course.exercises.validate` looks at all of them.")
        self.file, self.line, self.problem = file, line, what


@dataclass(frozen=True)
class Exercise:
    """One exercise, as its folder declares it."""

    folder: Path
    id: str
    title: str
    topic: str
    """The topic it practises, such as `1.2.1`."""
    minutes: int
    order: int
    """Its place among all exercises of the course."""
    objectives: tuple[str, ...]
    hints: tuple[str, ...]
    """Three, each giving more away than the one before."""
    uses: tuple[str, ...] = ()
    """Libraries beside NumPy that are loaded before the learner's code runs."""
    lab: str | None = None
    """The lab that uses the same idea for real."""

    @property
    def task(self) -> str:
        """What to do, in Markdown."""
        return (self.folder / TASK).read_text()

    @property
    def start(self) -> str:
        """The skeleton that the learner begins with."""
        return (self.folder / START).read_text()

    @property
    def solution(self) -> str:
        """A solution, to be read after one's own."""
        return (self.folder / SOLUTION).read_text()

    @property
    def names(self) -> tuple[str, ...]:
        """The functions and classes that the learner's file must define: those of the skeleton."""
        return tuple(definition.name for definition in definitions(ast.parse(self.start)))


def definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions and classes at the top level of `tree`."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def load_exercise(folder: Path) -> Exercise:
    """The exercise in `folder`.

    Raises:
        ExerciseError: `exercise.toml` is missing or broken.
    """
    file = folder / FACTS
    try:
        text = file.read_text()
        facts = tomllib.loads(text)
    except OSError as error:
        raise ExerciseError(file, 1, f"cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ExerciseError(file, 1, f"is not valid TOML: {error}.") from error
    _expect_keys(file, text, facts)
    return Exercise(
        folder=folder,
        id=facts["id"],
        title=facts["title"],
        topic=facts["topic"],
        minutes=facts["minutes"],
        order=facts["order"],
        objectives=tuple(facts["objectives"]),
        hints=tuple(facts["hints"]),
        uses=tuple(facts.get("uses", ())),
        lab=facts.get("lab"),
    )


def _expect_keys(file: Path, text: str, facts: Mapping[str, Any]) -> None:
    for key, kind in KEYS.items():
        if key not in facts:
            raise ExerciseError(file, 1, f"has no {key!r}.")
        if not isinstance(facts[key], kind):
            raise ExerciseError(file, line_of(text, key), f"{key!r} must be of type {kind.__name__}.")
    for key, value in facts.items():
        if key not in KEYS and key not in OPTIONAL_KEYS:
            raise ExerciseError(file, line_of(text, key), f"has an unknown key {key!r}.")
        if key in OPTIONAL_KEYS and not isinstance(value, OPTIONAL_KEYS[key]):
            raise ExerciseError(file, line_of(text, key), f"{key!r} must be of type {OPTIONAL_KEYS[key].__name__}.")


def line_of(text: str, key: str) -> int:
    """The line, counted from 1, on which the TOML `text` sets `key`; 1 where it does not."""
    numbered = enumerate(text.splitlines(), start=1)
    return next((number for number, line in numbered if line.partition("=")[0].strip() == key), 1)


def all_folders(lessons: Path | None = None) -> list[Path]:
    """The folder of every exercise under `lessons` (the course's own by default)."""
    root = lessons or paths.lessons_dir()
    return sorted(file.parent for file in root.glob(f"*/exercises/*/{FACTS}"))


def all_exercises(lessons: Path | None = None) -> list[Exercise]:
    """Every exercise of the course, in teaching order.

    Raises:
        ExerciseError: one of them is broken.
    """
    return sorted((load_exercise(folder) for folder in all_folders(lessons)), key=lambda exercise: exercise.order)


def find_exercise(name: str, lessons: Path | None = None) -> Exercise:
    """The exercise called `name`; underscores do as well as hyphens.

    Raises:
        UsageError: there is none.
    """
    known = {exercise.id: exercise for exercise in all_exercises(lessons)}
    wanted = name.replace("_", "-")
    if wanted not in known:
        raise UsageError(f"There is no exercise called {name!r}.", nearest(wanted, known))
    return known[wanted]
