"""A lab that takes steps until it is stopped, and a real terminal."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux
from tutor.runs import launch, store

LAB = """\
[lab]
title = "Count slowly"
summary = "Takes steps until it is stopped."
minutes = 1

[options]
# Learning rate.
lr = 0.1
# A complete run in seconds.
smoke = false
"""

RECIPE = """\
import time


def run(run):
    with run.stage("train", "Take steps"):
        for step in range(1, 2000):
            run.raise_if_stopped()
            run.emit("step", step=step, total=2000, loss=3 / step, lr=0.1, grad_norm=1.0, tokens=step,
                     tokens_per_s=20.0, eta_s=1.0, rss_bytes=1000000)
            time.sleep(0.05)
"""


@pytest.fixture
def env(home: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with a home and a lab of our own; what still runs in it at the end is killed."""
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    yield {**os.environ, "TUTOR_HOME": str(home), "TUTOR_LABS": str(labs)}
    for run in store.all_runs():
        if run.is_running():
            os.kill(launch.worker_pid(run), signal.SIGKILL)


@pytest.fixture
def tmux(env: dict[str, str], tmp_path: Path) -> Iterator[Tmux]:
    """A real terminal."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    terminal = Tmux(tmp_path / "tmux", env)
    yield terminal
    terminal.end()
