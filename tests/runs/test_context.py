"""What a recipe says through its run."""

from __future__ import annotations

import json

import pytest

from tutor.engine.bootstrap import mean
from tutor.runs import store
from tutor.runs.compare import compare
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter, read_all
from tutor.runs.worker import _write_report_json

pytestmark = pytest.mark.usefixtures("toy_lab")


def test_an_estimate_keeps_its_interval_in_events_report_and_comparison() -> None:
    lab = load_lab("toy")
    directory = store.create(lab, resolve(lab, {}))
    run, found = Run(directory, EventWriter(directory.events)), mean([1.0, 2.0, 4.0, 5.0])
    run.result("speed", found, "m/s", "on foot")
    run.result("counted", 3)
    _write_report_json(run, "passed")
    for rows in (list(read_all(directory.events)), json.loads((run.path / "report.json").read_text())["results"]):
        speed, counted = rows
        assert (speed["value"], speed["low"], speed["high"], speed["n"]) == (3.0, found.low, found.high, 4)
        assert speed["note"] == f"on foot; 95 % interval {found.low:.4g} to {found.high:.4g}, n=4"
        assert "low" not in counted
    both = compare([directory, directory]).results
    assert both["speed"]["intervals"] == [[found.low, found.high]] * 2
    assert both["counted"]["intervals"] == [None, None]
