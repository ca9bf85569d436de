"""The state of each lab, derived from its runs: nothing about labs is stored twice."""

from __future__ import annotations

from tutor.runs.store import all_runs
from tutor.widgets.coursetree import FAILED, PASSED, RUNNING, STARTED


def lab_states() -> dict[str, str]:
    """Each lab that has runs: running, passed if any run passed, else what the newest one says."""
    found: dict[str, str] = {}
    for run in all_runs():
        if run.facts["mode"] != "run":
            continue
        status = run.status()
        state = {"running": RUNNING, "passed": PASSED, "failed-check": FAILED}.get(status, STARTED)
        if run.lab not in found or state == RUNNING or (state == PASSED and found[run.lab] != RUNNING):
            found[run.lab] = state
    return found
