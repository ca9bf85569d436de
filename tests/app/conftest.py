"""What makes pictures of the app the same every time: a fixed home, labs of our own, no time, no real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

LAB = """\
[lab]
title = "Fine-tune on command-line help"
summary = "Train a small adapter on help texts, merge it, and talk to the result."
minutes = 6
memory = "lora"

[options]
# Model to train: a tier, a store name, or a directory.
model = "nano"
# Rank of the adapter.
r = 8
# Learning rate at its highest.
lr = 0.001
# Modules that get an adapter.
targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
# A complete run in seconds.
smoke = false

[smoke]
r = 2
"""

RECIPE = """\
def plan(run):
    run.emit("plan", rows=[{"name": "trainable", "value": 460800, "unit": "parameters", "note": "0.34 %"}])


def run(run):
    with run.stage("train", "Train the adapter"):
        pass
    run.check("ran", True, 1, "1")
    run.write_report("# Report")
"""


@pytest.fixture(autouse=True)
def app_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, a lab that takes no time, and a working directory that hides where the test runs."""
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    monkeypatch.setenv("TUTOR_LABS", str(labs))
    monkeypatch.chdir(tmp_path)
    return home
