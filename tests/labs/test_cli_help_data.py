"""The lab as its learner runs it: a worker process, its events, its report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.labs.tiny_models import run_lab
from tutor.clihelp.dataset import HELP, load_split, location, read_split
from tutor.clihelp.found import DATASET, Found
from tutor.runs import grading, study
from tutor.runs.config import load_lab, parse_set, resolve
from tutor.runs.events import read_all
from tutor.runs.store import RunDir, create

LAB = "lab-cli-help-data"


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
        "unseen tools are unseen",
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


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """One run for all tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(tmp_path_factory.mktemp("home")))
        return run_lab(LAB, {"smoke": True})


@pytest.fixture
def copy(healthy: RunDir, tmp_path: Path) -> RunDir:
    """A run of one's own to spoil."""
    return RunDir(Path(shutil.copytree(healthy.path, tmp_path / "runs" / healthy.id)))


def failed(run: RunDir) -> set[str]:
    """What the run's own data fails; predictions are another matter."""
    names = {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}
    return names - {"predictions made before the run"}


def test_a_grade_is_made_of_records_and_texts(healthy: RunDir) -> None:
    assert failed(healthy) == set()
    assert [question.id for question in study.asked(healthy)] == ["unseen", "takes", "split", "kept", "reason"]
    found = Found(healthy.path)
    assert set(found.texts) >= {record.sha256 for record in found.records}
    grade = grading.grade(healthy)
    assert {judged.question.id for judged in grade.predictions} == {"understood", "repeated", "why"}
    assert all(
        judged.question.answer[0] in judged.question.options for judged in grade.answers if judged.question.options
    )


@pytest.mark.parametrize(
    ("fault", "fails"),
    [
        ("leak", {"no leak", "no near-duplicate", "unseen tools are unseen"}),
        ("tools", {"unseen tools are unseen"}),
        ("answers", {"provenance"}),
        ("origin", {"provenance"}),
    ],
)
def test_every_planted_fault_fails_and_is_never_published(fault: str, fails: set[str]) -> None:
    run = run_lab(LAB, {"smoke": True, "drill": fault, "tools": ["ruff", "uv", "git", "ls", "sort"]})
    assert fails <= failed(run) <= fails | {"no near-duplicate", "no leak"}
    assert not location("cli-help-smoke").exists()


def test_what_the_report_says_changes_no_grade_but_the_data_does(copy: RunDir) -> None:
    (copy.path / "report.json").write_text("{}")
    assert failed(copy) == set()
    file = copy.path / DATASET / HELP
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(line | {"text": line["text"][::-1]}) + "\n" for line in lines))
    assert failed(copy) == {"help understood", "provenance"}


def test_every_split_is_written_in_the_formats_of_trainers(healthy: RunDir) -> None:
    folder = healthy.path / DATASET
    for split in ("train", "heldout_in", "heldout_out"):
        pairs = [json.loads(line) for line in (folder / f"{split}.pairs.jsonl").read_text().splitlines()]
        assert pairs == [
            {"prompt": record.prompt, "completion": record.completion} for record in read_split(folder, split)
        ]
