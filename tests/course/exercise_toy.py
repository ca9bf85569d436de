"""A small exercise, and the verdict on code given as text."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tutor.course.exercises.exercise import Exercise, load_exercise
from tutor.course.exercises.runner import Result, check

FACTS = """\
id = "toy"
title = "Double a number"
topic = "1.1.2"
minutes = 1
order = 1
objectives = ["double"]
hints = ["one", "two", "three"]
"""
START = '''\
"""Doubling."""


def double(number: int) -> int:
    """Twice `number`."""
    raise NotImplementedError
'''
SOLUTION = START.replace("raise NotImplementedError", "return 2 * number")
CHECK = '''\
"""Addition knows."""

from typing import Any

from tutor.course.exercises.expect import same


def test_small(work: Any, seed: int) -> None:
    """small numbers"""
    same(work.double(seed), seed + seed, f"double({seed})")


def test_large(work: Any, seed: int) -> None:
    """large numbers"""
    same(work.double(1000 * seed), 1000 * seed + 1000 * seed, f"double({1000 * seed})")
'''


def make_toy(lessons: Path) -> Exercise:
    """The toy, in a lesson folder under `lessons`."""
    folder = lessons / "1.1-core-concepts" / "exercises" / "toy"
    folder.mkdir(parents=True)
    files = {
        "exercise.toml": FACTS,
        "task.md": "Double.\n",
        "start.py": START,
        "solution.py": SOLUTION,
        "check.py": CHECK,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return load_exercise(folder)


def verdict_on(code: str, directory: Path, *, limit_s: float = 5.0) -> Result:
    """The verdict of the toy's check on `code`."""
    file = directory / "mine.py"
    file.write_text(textwrap.dedent(code))
    return check(make_toy(directory / "lessons"), file, limit_s=limit_s)


def verdict_on_body(body: str, directory: Path, *, limit_s: float = 5.0) -> Result:
    """The verdict on a `double` that first does `body`, then is right."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return verdict_on(f"def double(number):\n{lines}\n    return 2 * number\n", directory, limit_s=limit_s)
