"""Headless readers of a run's events: a progress bar on a terminal, plain lines elsewhere, JSON on demand."""

from __future__ import annotations

import sys
import time
from typing import Protocol

from tutor.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED
from tutor.insight import curves
from tutor.runs import launch
from tutor.runs.events import Event, EventReader, dump, read_all
from tutor.runs.lines import Plain
from tutor.runs.store import RunDir
from tutor.text import clean_text

POLL_S = 0.2


class Reader(Protocol):
    """Something that shows events."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Json:
    """Events on stdout, nothing else."""

    def show(self, event: Event) -> None:
        """Write the event as one line."""
        sys.stdout.write(dump(event) + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing to undo."""


def follow(run: RunDir, *, as_json: bool = False) -> int:
    """Show the run's events until it ends; Ctrl-C asks it to stop and waits for its checkpoint.

    A second Ctrl-C leaves the run to itself. Returns the run's exit code.
    """
    reader = Json() if as_json else _human_reader()
    try:
        code = _follow(run, EventReader(run.events), reader)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        reader.close()
    if not as_json:
        for finding in curves.read(read_all(run.events)):
            _say(clean_text(f"{finding.name}: {finding.says} {finding.todo} Lesson {finding.topic} explains it."))
    return code


def _human_reader() -> Reader:
    if not sys.stderr.isatty():
        return Plain()
    from tutor.runs.bar import ProgressBar

    return ProgressBar()


def _follow(run: RunDir, events: EventReader, reader: Reader) -> int:
    asked_to_stop = False
    while True:
        try:
            alive = run.is_running()
            _show_new(events, reader)
            if not alive:
                return _exit_code(run, reader)
            time.sleep(POLL_S)
        except KeyboardInterrupt:
            if asked_to_stop or not run.is_running():
                raise
            asked_to_stop = True
            _say("Stopping: the run saves a checkpoint first. Ctrl-C again leaves it to itself.")
            launch.stop(run)


def _show_new(events: EventReader, reader: Reader) -> None:
    while new := events.new():
        for event in new:
            reader.show(event)


def _exit_code(run: RunDir, reader: Reader) -> int:
    finished = run.finished()
    if finished is not None:
        return int(finished["exit_code"])
    reader.close()
    _say(f"The run's process was killed. Go on from its last checkpoint: tutor runs resume {run.id}")
    return EXIT_ENVIRONMENT


def _say(text: str) -> None:
    print(f"tutor: {text}", file=sys.stderr)
