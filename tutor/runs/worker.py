"""The process of one run: `python -m tutor.runs.worker RUN_DIRECTORY`. Started by `tutor.runs.launch`."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, EXIT_ENVIRONMENT, EXIT_INTERRUPTED, TutorError
from tutor.files import write_whole
from tutor.insight import curves
from tutor.runs.config import load_lab
from tutor.runs.context import Interrupted, Run
from tutor.runs.events import EventWriter, plain, read_all
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

NICENESS = 5
"""A run yields to the app: keys answer while both cores train."""


def execute(directory: RunDir) -> int:
    """Run the recipe of `directory`, end its stream with a `finished` event, and return the exit code."""
    lab = load_lab(directory.lab)
    mode = str(directory.facts["mode"])
    events = EventWriter(directory.events)
    run = Run(directory, events)
    _stop_on_signals(run)
    run.emit("started", run=directory.id, lab=lab.name, mode=mode, config=directory.config)
    status, code, what, todo = _outcome(run, lab.recipe, mode)
    if mode == "run":
        _write_report_json(run, status)
    run.emit("finished", status=status, exit_code=code, what=what, todo=todo)
    events.close()
    return code


def _outcome(run: Run, recipe: Path, mode: str) -> tuple[str, int, str, str]:
    """(status, exit code, what happened, what to do) of the recipe's run."""
    try:
        getattr(load_recipe(recipe), mode)(run)
    except Interrupted:
        return (
            "interrupted",
            EXIT_INTERRUPTED,
            "Stopped; nothing is lost.",
            f"Go on with: tutor runs resume {run.directory.id}",
        )
    except TutorError as error:
        return "error", error.exit_code, error.what, error.todo
    except MemoryError:
        return "error", EXIT_ENVIRONMENT, "There is not enough memory for this run.", "Lower batch_size or max_length."
    except Exception as error:  # any bug in a recipe must end the stream with a sentence; the traceback is in the log
        traceback.print_exc()
        what = f"{run.directory.lab} broke: {type(error).__name__}: {error}".splitlines()[0]
        return "error", EXIT_ENVIRONMENT, what, f"The whole story is in {run.directory.log}"
    failed = [check["name"] for check in run.checks.values() if not check["passed"]]
    if failed:
        return (
            "failed-check",
            EXIT_CHECK_FAILED,
            f"Done, but a check failed: {', '.join(failed)}.",
            "report.md says what was measured.",
        )
    return "passed", EXIT_DONE, "Done.", ""


def _write_report_json(run: Run, status: str) -> None:
    """`report.json`: everything measured, with the facts of the run."""
    keep: dict[str, tuple[str, ...]] = {
        "results": ("name", "value", "unit", "note", "low", "high", "n"),
        "checks": ("name", "passed", "value", "wanted"),
    }
    report: dict[str, Any] = {"run": run.directory.id, "status": status} | run.directory.facts
    for table, fields in keep.items():
        report[table] = [
            {field: event[field] for field in fields if field in event} for event in getattr(run, table).values()
        ]
    report["curves"] = [asdict(finding) for finding in curves.read(read_all(run.directory.events))]
    write_whole(run.path / "report.json", json.dumps(plain(report), indent=2, ensure_ascii=False) + "\n")


def _stop_on_signals(run: Run) -> None:
    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        run.stop_requested = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def main() -> int:
    """Entry point of the process."""
    os.nice(NICENESS)
    return execute(RunDir(Path(sys.argv[1])))


if __name__ == "__main__":
    raise SystemExit(main())
