"""A toy lab, so that the machinery of runs is tested without a model."""

from __future__ import annotations

from pathlib import Path

import pytest

TOML = """
[lab]
title = "A toy"
summary = "Counts."
minutes = 0.1

[options]
# How many steps to count.
steps = 3
# Seconds between steps.
pause = 0.0
# What goes wrong: nothing, check, error or bug.
fault = "nothing"
# Words to say.
# On two lines.
words = ["a", "b"]
model = "auto"
seed = 42
smoke = false

[smoke]
steps = 1
"""

RECIPE = '''
"""A toy recipe: counts, remembering how far it came."""
import time
from tutor.errors import TutorError

def plan(run):
    run.emit("plan", rows=[{"name": "steps", "value": run.config.steps, "unit": "", "note": ""}])

def run(run):
    state = run.path / "count"
    with run.stage("count", "Count"):
        done = int(state.read_text()) if state.exists() else 0
        while done < run.config.steps:
            done += 1
            state.write_text(str(done))
            run.progress("count", done, run.config.steps, "steps")
            run.raise_if_stopped()
            time.sleep(run.config.pause)
    if run.config.fault == "error":
        raise TutorError("The toy broke.", "Buy another.")
    if run.config.fault == "bug":
        raise KeyError("oops")
    run.result("counted", done)
    run.check("counted all", run.config.fault != "check", done, "all")
    run.write_report("# Counted\\n")
'''


@pytest.fixture
def toy_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`lab-toy`, in a labs directory of its own."""
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "toy.toml").write_text(TOML)
    (labs / "toy.py").write_text(RECIPE)
    monkeypatch.setenv("TUTOR_LABS", str(labs))
    return labs
