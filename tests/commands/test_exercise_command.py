"""`tutor exercise` as typed."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tutor.commands import exercise
from tutor.course.exercises.exercise import find_exercise
from tutor.errors import UsageError

NAME = "gradient-step"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    exercise.add(parser.add_subparsers())
    args = parser.parse_args(["exercise", *words])
    return int(args.run(args))


def solve(home: Path) -> Path:
    file = home / "exercises" / NAME / "work.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(find_exercise(NAME).solution)
    return file


def test_list_shows_every_exercise_with_its_state(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solve(home)
    run("check", NAME)
    run("start", "sampler")
    capsys.readouterr()
    assert run("list", "--json") == 0
    rows = {row["exercise"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert len(rows) >= 14
    assert rows[NAME]["state"] == "passed"
    assert rows["sampler"]["state"] == "started"
    assert rows["dpo-loss"]["state"] == "new"
    assert run() == 0
    assert f"✓ 1.2.1  {NAME}" in capsys.readouterr().out


def test_start_prints_the_task_and_where_the_file_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("start", NAME) == 0
    out = capsys.readouterr().out
    file = home / "exercises" / NAME / "work.py"
    assert str(file) in out
    assert find_exercise(NAME).task in out
    assert file.read_text() == find_exercise(NAME).start


def test_start_opens_the_editor(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", f"cp --target-directory={tmp_path}")
    assert run("start", NAME, "--edit") == 0
    assert (tmp_path / "work.py").read_text() == find_exercise(NAME).start
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR", raising=False)
    with pytest.raises(UsageError, match="no editor"):
        run("start", NAME, "--edit")
    monkeypatch.setenv("EDITOR", "/nonsense/vi")
    with pytest.raises(UsageError, match="cannot be started"):
        run("start", NAME, "--edit")


def test_check_ends_with_1_until_the_code_is_right(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", NAME) == 1
    out = capsys.readouterr().out
    assert "✗ the gradient of the weights is the measured slope" in out
    assert "work.py line 24: raise NotImplementedError\ngradient is still to be written." in out
    assert "Traceback" not in out
    solve(home)
    assert run("check", NAME) == 0
    out = capsys.readouterr().out
    assert "✓ the gradient of the weights is the measured slope" in out
    assert "Passed, in" in out


def test_a_syntax_error_has_its_caret_under_the_mistake(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solve(home).write_text("def gradient(weight):\n    return weight * * 2\n")
    assert run("check", NAME) == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if "* * 2" in line)
    assert lines[at + 1] == " " * (lines[at].index("* * 2") + 2) + "^"
    assert lines[at + 2] == "SyntaxError: invalid syntax"


def test_what_the_code_prints_cannot_play_with_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = solve(home)
    file.write_text(file.read_text() + "\nprint('\\x1b]0;title\\x07\\x1b[2Jhello')\n")
    assert run("check", NAME) == 0
    out = capsys.readouterr().out
    assert "  hello" in out
    assert "\x1b" not in out


def test_json_is_one_object(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", NAME, "--json") == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["exercise"], verdict["passed"]) == (NAME, False)
    assert verdict["failure"]["line"] == 24
    assert verdict["tests"][0]["passed"] is False


def test_watch_checks_again_at_every_save(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = home / "exercises" / NAME / "work.py"
    verdict_is_out = threading.Semaphore(0)
    check_once = exercise._check_once

    def check_and_tell(*arguments: Any) -> Any:
        result = check_once(*arguments)
        verdict_is_out.release()
        return result

    def type_along() -> None:
        for text in ("def gradient(:\n", find_exercise(NAME).solution):
            verdict_is_out.acquire(timeout=60)
            work.write_text(text)

    monkeypatch.setattr(exercise, "_check_once", check_and_tell)
    typing = threading.Thread(target=type_along)
    typing.start()
    assert run("check", NAME, "--watch", "--json") == 0
    typing.join()
    verdicts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [verdict["passed"] for verdict in verdicts] == [False, False, True]
    assert "SyntaxError" in verdicts[1]["failure"]["message"]


def test_hints_come_one_by_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hints = find_exercise(NAME).hints
    for opened in (1, 2, 3, 3):
        assert run("hint", NAME) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert [hint in out for hint in hints] == [number < opened for number in range(3)]


def test_solution_and_reset(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="--give-up"):
        run("solution", NAME)
    assert run("solution", NAME, "--give-up") == 0
    assert capsys.readouterr().out == find_exercise(NAME).solution
    file = solve(home)
    assert run("reset", NAME) == 0
    assert str(file.with_name("work-1.py")) in capsys.readouterr().out
    assert file.read_text() == find_exercise(NAME).start


def test_listing_loads_no_array_library(home: Path) -> None:
    code = (
        "import argparse, sys; from tutor.commands import exercise; parser = argparse.ArgumentParser();"
        "exercise.add(parser.add_subparsers()); light = set(sys.modules);"
        "args = parser.parse_args(['exercise', 'list']); args.run(args);"
        "assert not {'numpy', 'torch', 'tokenizers'} & set(sys.modules), 'heavy';"
        "assert not {name for name in light if name.startswith('tutor.course')}, 'early'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
