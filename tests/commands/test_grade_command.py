"""`tutor runs questions | answer | diagnose | grade`, and `tutor --lab NAME --brief --predict`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.graded_lab import MakeRun
from tutor.cli import main
from tutor.runs import store, study

Capture = pytest.CaptureFixture[str]


def test_from_briefing_to_grade_as_typed(graded_lab: Path, capsys: Capture) -> None:
    assert main(["--lab", "sheep", "--brief"]) == 0
    assert "colour: Which colour is the last?\n  w          white" in capsys.readouterr().out
    words = ["--lab", "sheep", "--predict", "asleep=7", "--predict", "colour=w"]
    done = subprocess.run(
        [sys.executable, "-m", "tutor", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert store.find("last").predictions == {"asleep": "7", "colour": "w"}
    assert main(["runs", "questions", "last"]) == 0
    assert "legs: How many legs have they?" in capsys.readouterr().out
    assert main(["runs", "answer", "last", "legs=28", "sound=b"]) == 0
    assert "all answered" in capsys.readouterr().err
    assert main(["runs", "grade", "last"]) == 1
    said = capsys.readouterr().out
    assert "✓ questions answered rightly: 2 of 2" in said
    assert "· planted faults found: 0" in said
    assert said.splitlines()[-1].endswith(": open")


def test_a_diagnosis_is_judged_at_once(sheep_run: MakeRun, capsys: Capture) -> None:
    run = sheep_run(drill="any")
    assert main(["runs", "diagnose", run.id]) == 0
    assert "wolf       A wolf took one" in capsys.readouterr().out
    assert main(["runs", "diagnose", run.id, "--answer", study.planted(run), "--json"]) == 0
    grade = json.loads(capsys.readouterr().out)
    assert (grade["state"], grade["criteria"][0]["passed"]) == ("passed", True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["runs", "diagnose", "last"], "Nobody hid a fault"),
        (["runs", "answer", "last", "wool=1"], "no question called 'wool'"),
        (["--lab", "sheep", "--predict", "asleep"], "is no answer"),
        (["--lab", "sheep", "--predict", "wool=1"], "no question called 'wool'"),
        (["--predict", "asleep=1"], "none is named"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], sentence: str, sheep_run: MakeRun, capsys: Capture) -> None:
    sheep_run()
    assert main(words) == 2
    assert sentence in capsys.readouterr().err
