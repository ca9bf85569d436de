"""`tutor --lab` and `tutor runs` as typed, in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("toy_lab")


def tutor(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tutor", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )


def test_json_writes_events_and_nothing_else() -> None:
    done = tutor("--lab", "toy", "--set", "steps=2", "--seed", "7", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert done.stderr == ""
    assert events[0]["kind"] == "started"
    assert (events[0]["config"]["steps"], events[0]["config"]["seed"]) == (2, 7)
    assert events[-1]["kind"] == "finished"


def test_plain_output_separates_data_from_narration() -> None:
    done = tutor("--lab", "lab-toy")
    assert "counted: 3" in done.stdout
    assert "✓ counted all" in done.stdout
    assert "▸ Count" in done.stderr
    assert "steps=3" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--lab", "toy", "--set", "stpes=1"], 2, "Did you mean 'steps'"),
        (["--lab", "nonsense"], 2, "no lab called"),
        (["--lab", "toy", "--set", "fault=error"], 3, "The toy broke. Buy another."),
        (["--lab", "toy", "--set", "fault=check"], 1, "counted all"),
        (["--seed", "3"], 2, "none is named"),
        (["runs", "stop", "zebra"], 2, "no run called"),
        ([], 2, "needs a terminal"),
    ],
)
def test_errors_are_one_sentence_with_their_exit_code(words: list[str], code: int, sentence: str) -> None:
    done = tutor(*words)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dry_run_prints_the_plan_and_leaves_nothing(home: Path) -> None:
    done = tutor("--lab", "toy", "--set", "steps=8", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.split() == ["steps", "8"]
    assert not list(home.glob("runs/*")) and not list(home.glob("cache/plans/*"))


def test_detach_then_attach_and_list() -> None:
    started = tutor("--lab", "toy", "--set", "pause=0.3", "--detach")
    run = started.stdout.strip()
    assert json.loads(tutor("runs", "list", "--json").stdout)["run"] == run
    assert tutor("runs", "attach", run).returncode == 0
    shown = json.loads(tutor("runs", "show", run, "--json").stdout)
    assert shown["status"] == "passed"
    assert shown["results"][0]["value"] == 3
    assert tutor("runs", "rm", run).returncode == 0
    assert tutor("runs", "list", "--json").stdout == ""


def test_ctrl_c_saves_and_says_how_to_resume() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", "--lab", "toy", "--set", "steps=50", "--set", "pause=0.2"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    while "▸ Count" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, narration = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "tutor runs resume toy-" in narration


def test_a_config_file_lies_below_flags(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("steps = 5\nseed = 1\n")
    done = tutor("--lab", "toy", "--config", str(file), "--set", "steps=6", "--json")
    config = json.loads(done.stdout.splitlines()[0])["config"]
    assert (config["steps"], config["seed"]) == (6, 1)
