"""How far each lab is, and what its best run measured: derived from the runs, nothing about labs is stored twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tutor.record.states import FAILED, PASSED, RUNNING, STARTED
from tutor.runs.events import Event, read_all
from tutor.runs.store import RunDir, all_runs


@dataclass(frozen=True)
class LabRun:
    """A run of a lab as its directory tells it."""

    run: RunDir
    status: str

    @property
    def smoke(self) -> bool:
        """Whether it was the short form of the lab, on little data."""
        return bool(self.run.config.get("smoke"))

    @property
    def facts(self) -> dict[str, Any]:
        """`run.toml`."""
        return self.run.facts

    def last(self, kind: str) -> list[Event]:
        """Its `result` or `check` events, the last of each name."""
        return list({event["name"]: event for event in read_all(self.run.events) if event["kind"] == kind}.values())


def lab_runs() -> list[LabRun]:
    """Every run of a lab, newest first; plans are none."""
    return [LabRun(run, run.status()) for run in all_runs() if run.facts["mode"] == "run"]


def lab_states(runs: list[LabRun]) -> dict[str, str]:
    """Each lab that has runs: running, passed if any run passed, else what the newest one says."""
    found: dict[str, str] = {}
    for one in runs:
        state = {"running": RUNNING, "passed": PASSED, "failed-check": FAILED}.get(one.status, STARTED)
        lab = one.run.lab
        if lab not in found or state == RUNNING or (state == PASSED and found[lab] != RUNNING):
            found[lab] = state
    return found


def best_run(lab: str, runs: list[LabRun]) -> LabRun | None:
    """The newest run that passed, one in full before a short one; None where none passed."""
    passed = [one for one in runs if one.run.lab == lab and one.status == "passed"]
    return min(passed, key=lambda one: one.smoke, default=None)
