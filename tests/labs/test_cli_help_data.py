"""The lab as its learner runs it: a worker process, its events, its report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tutor.clihelp.dataset import load_split, location
from tutor.runs.config import load_lab, parse_set, resolve
from tutor.runs.events import read_all
from tutor.runs.store import RunDir, create


def work(mode: str, *assignments: str) -> tuple[int, RunDir]:
    """(exit code, run) of the lab with these options."""
    lab = load_lab("lab-cli-help-data")
    run = create(lab, resolve(lab, parse_set(lab, assignments)), mode=mode)
    done = subprocess.run([sys.executable, "-m", "tutor.runs.worker", str(run.path)], check=False, timeout=120)
    return done.returncode, run


def events(run: RunDir, kind: str) -> list[dict[str, Any]]:
    return [event for event in read_all(run.events) if event["kind"] == kind]


def test_smoke_run() -> None:
    code, run = work("run", "smoke=true")
    checks = {event["name"]: event for event in events(run, "check")}
    failed = {name: event["value"] for name, event in checks.items() if not event["passed"]}
    assert (code, failed) == (0, {})
    assert set(checks) == {
        "enough records",
        "enough tools",
        "two Rust tools",
        "help understood",
        "no leak",
        "no near-duplicate",
        "provenance",
    }
    progress = events(run, "progress")
    assert progress[-1]["done"] == progress[-1]["total"]
    assert (run.path / "report.json").is_file()
    report = run.report.read_text()
    record = load_split("cli-help-smoke", "heldout_in")[0]
    assert record.completion in report
    assert "near-duplicates in two splits | 0" in report


def test_failed_check_is_exit_code_1() -> None:
    code, run = work("run", "smoke=true", "tools=python3", "dataset=lonely")
    assert code == 1
    assert "two Rust tools" in events(run, "finished")[0]["what"]


def test_plan_runs_nothing() -> None:
    code, run = work("plan")
    assert code == 0
    rows = {row["name"]: row for row in events(run, "plan")[0]["rows"]}
    assert rows["tools"]["value"] >= 3
    assert not location("cli-help").exists()


@pytest.mark.parametrize(("option", "said"), [("variant=wild", "variant"), ("tools=frog", "allow-list")])
def test_wrong_option_is_a_usage_error(option: str, said: str, home: Path) -> None:
    code, run = work("run", option)
    assert code == 2
    assert said in events(run, "finished")[0]["what"]
    assert not (home / "datasets").exists()
