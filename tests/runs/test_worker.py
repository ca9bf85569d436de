"""Runs from start to end: real worker processes on a toy recipe."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable

import pytest

from tutor.errors import UsageError
from tutor.runs import launch, store
from tutor.runs.config import load_lab, resolve
from tutor.runs.events import read_all
from tutor.runs.store import RunDir
from tutor.runs.watch import follow

pytestmark = pytest.mark.usefixtures("toy_lab")


def new_run(**options: object) -> RunDir:
    lab = load_lab("toy")
    return store.create(lab, resolve(lab, options))


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def progress(run: RunDir) -> list[int]:
    return [event["done"] for event in read_all(run.events) if event["kind"] == "progress"]


@pytest.mark.parametrize(
    ("fault", "code", "status", "sentence"),
    [
        ("nothing", 0, "passed", "Done."),
        ("check", 1, "failed-check", "counted all"),
        ("error", 3, "error", "The toy broke."),
        ("bug", 3, "error", "KeyError"),
    ],
)
def test_every_ending_has_its_code_and_sentence(fault: str, code: int, status: str, sentence: str) -> None:
    run = new_run(fault=fault)
    launch.start(run)
    assert follow(run) == code
    finished = run.finished()
    assert finished is not None
    assert (run.status(), finished["exit_code"]) == (status, code)
    assert sentence in finished["what"]
    report = json.loads((run.path / "report.json").read_text())
    assert report["status"] == status
    assert report["config"]["fault"] == fault


def test_a_started_run_never_looks_dead() -> None:
    run = new_run(pause=0.2)
    launch.start(run)
    assert run.is_running()
    with pytest.raises(UsageError, match="already going"):
        launch.start(run)
    with pytest.raises(UsageError, match="still going"):
        store.remove(run)
    assert follow(run) == 0
    store.remove(run)
    assert store.all_runs() == []


def test_stop_then_resume_goes_on_where_it_stopped() -> None:
    run = new_run(steps=6, pause=0.3)
    launch.start(run)
    wait_until(lambda: len(progress(run)) >= 2)
    launch.stop(run)
    assert follow(run) == 130
    assert run.status() == "interrupted"
    assert len(progress(run)) < 6
    launch.start(run)
    assert follow(run) == 0
    assert progress(run) == [1, 2, 3, 4, 5, 6]


def test_a_killed_run_says_so_and_can_be_resumed() -> None:
    run = new_run(steps=4, pause=0.3)
    launch.start(run)
    wait_until(lambda: len(progress(run)) >= 1)
    os.kill(launch.worker_pid(run), signal.SIGKILL)
    wait_until(lambda: not run.is_running())
    assert run.status() == "died"
    assert follow(run) == 3
    launch.start(run)
    assert follow(run) == 0


def test_a_run_survives_the_hangup_of_its_terminal() -> None:
    run = new_run(steps=3, pause=0.3)
    launch.start(run)
    wait_until(lambda: len(progress(run)) >= 1)
    os.kill(launch.worker_pid(run), signal.SIGHUP)
    assert follow(run) == 0


def test_runs_are_found_by_beginning_and_by_last() -> None:
    first, second = new_run(), new_run()
    assert store.find(first.id) == first
    assert store.find("last").id in (first.id, second.id)
    with pytest.raises(UsageError, match="2 runs begin"):
        store.find("toy")
    with pytest.raises(UsageError, match="no run called"):
        store.find("zebra")


def test_a_run_records_what_it_ran_on() -> None:
    facts = new_run(steps=5).facts
    assert facts["config"]["steps"] == 5
    assert facts["versions"]["torch"].startswith("2.")
    assert facts["machine"]["cores"] == os.cpu_count()
