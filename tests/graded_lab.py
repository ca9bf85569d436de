"""A graded toy lab: counts sheep, asks how many there were, and can lose one on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tutor.runs import store
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

TOML = """
[lab]
title = "Count sheep"
summary = "Counts sheep."
minutes = 0.1

[options]
# How many there are.
sheep = 7
# A fault to find.
drill = ""

[grade]
questions = 0.5
drills = 1

[[prediction]]
id = "asleep"
text = "After how many sheep are you asleep?"
tolerance = 0.2
why = "Counting is dull."

[[prediction]]
id = "colour"
text = "Which colour is the last?"
options = { w = "white", b = "black" }
why = "They mostly are."

[drill]
wolf = "A wolf took one"
fog = "Two were counted twice"
"""

RECIPE = '''
"""A graded toy recipe."""
from tutor.files import read_json, write_json
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.grading import Criterion

def run(run):
    counted = run.config.sheep + {"": 0, "wolf": -1, "fog": 2}[run.drill]
    write_json(run.path / "sheep.json", {"there": run.config.sheep, "counted": counted})
    report.conclude(run, "Sheep", [], checks, facts, questions)

def checks(run):
    data = read_json(run.path / "sheep.json")
    yield Criterion("all counted", data["counted"] == data["there"], data["counted"], "as many as there are")

def facts(run):
    return {"asleep": read_json(run.path / "sheep.json")["counted"], "colour": "w"}

def questions(run):
    count = read_json(run.path / "sheep.json")["counted"]
    return [
        Question("legs", "How many legs have they?", answer=(str(4 * count),), why="Four each."),
        Question("sound", "What do they say?", {"a": "moo", "b": "baa"}, ("b",)),
    ]
'''

MakeRun = Callable[..., RunDir]


@pytest.fixture
def graded_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`lab-sheep`, in a labs directory of its own."""
    labs = tmp_path / "graded-labs"
    labs.mkdir()
    (labs / "sheep.toml").write_text(TOML)
    (labs / "sheep.py").write_text(RECIPE)
    (labs / "sheep.md").write_text("# Count sheep\n\n## What you do\n\nThey come one by one.\n")
    monkeypatch.setenv("TUTOR_LABS", str(labs))
    return labs


@pytest.fixture
def sheep_run(graded_lab: Path) -> MakeRun:
    """Makes finished runs of it: `sheep_run(predictions, sheep=5)`."""

    def make(predictions: dict[str, str] | None = None, **options: object) -> RunDir:
        lab = load_lab("sheep")
        directory = store.create(lab, resolve(lab, options), predictions=predictions)
        events = EventWriter(directory.events)
        run = Run(directory, events)
        run.emit("started", run=directory.id, lab=lab.name, mode="run", config=directory.config)
        load_recipe(lab.recipe).run(run)
        run.emit("finished", status="passed", exit_code=0, what="Done.", todo="")
        events.close()
        return directory

    return make
