"""The learner's desk: their file of an exercise, and what was tried, opened and passed.

`$TUTOR_HOME/exercises/ID/` holds `work.py`, copies that a reset made, and `record.json`.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

from tutor import paths
from tutor.course.exercises.exercise import HINTS, Exercise
from tutor.course.exercises.failure import WORK
from tutor.course.exercises.runner import Result, check
from tutor.errors import TutorError, UsageError
from tutor.files import disk_errors, write_whole

RECORD_FORMAT = 1
State = Literal["new", "started", "passed"]


@dataclass(frozen=True)
class Record:
    """What has happened at an exercise. Times are seconds since the epoch, of the first time."""

    attempts: int = 0
    hints: int = 0
    """How many hints were opened."""
    started: float | None = None
    gave_up: float | None = None
    """When the solution was opened before passing."""
    passed: float | None = None

    @property
    def state(self) -> State:
        """Where the learner stands."""
        return "passed" if self.passed else "started" if self.started else "new"


class Desk:
    """One learner's work on one exercise. Two sessions of a user may sit at it at once."""

    def __init__(self, exercise: Exercise, now: Callable[[], float] = time.time) -> None:
        self.exercise = exercise
        self.path = paths.home() / "exercises" / exercise.id
        self.work = self.path / WORK
        self._now = now

    def record(self) -> Record:
        """What has happened so far.

        Raises:
            TutorError: the record is damaged.
        """
        file = self.path / "record.json"
        try:
            known = json.loads(file.read_text())
            return Record(**{field.name: known[field.name] for field in fields(Record)})
        except FileNotFoundError:
            return Record()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TutorError(f"The record {file} cannot be read: {error}.", "Delete it to begin a new one.") from error

    @contextmanager
    def _changing(self) -> Iterator[Callable[[Record], None]]:
        """Yield a function that keeps a record, while no other session changes it."""
        with disk_errors(str(self.path)):
            self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield lambda record: write_whole(
                self.path / "record.json", json.dumps({"format": RECORD_FORMAT} | asdict(record), indent=1) + "\n"
            )
        finally:
            os.close(handle)

    def start(self) -> Path:
        """The learner's file, made from the skeleton where there is none yet."""
        with self._changing() as keep:
            if not self.work.exists():
                write_whole(self.work, self.exercise.start)
            record = self.record()
            if not record.started:
                keep(replace(record, started=self._now()))
        return self.work

    def save(self, text: str) -> None:
        """Make `text` the learner's file."""
        write_whole(self.work, text)

    def keep_aside(self, text: str) -> Path:
        """Keep `text` beside the learner's file, like what a reset replaces; return where."""
        with self._changing():
            backup = self._free_backup()
            write_whole(backup, text)
        return backup

    def check(self) -> Result:
        """Check the learner's file and record the attempt; blocks as `runner.check` does.

        The first round of inputs is the same at every attempt, so that a failure can be hunted; the second is
        new each time.

        Raises:
            TutorError: the file or the child process is not there.
        """
        self.start()
        with self._changing() as keep:
            attempt = self.record().attempts + 1
            keep(replace(self.record(), attempts=attempt))
        result = check(self.exercise, self.work, seeds=(1, 1 + attempt))
        if result.passed:
            with self._changing() as keep:
                record = self.record()
                keep(replace(record, passed=record.passed or self._now()))
        return result

    def next_hint(self) -> int:
        """Open one more hint and return how many are open, at most `HINTS`."""
        self.start()
        with self._changing() as keep:
            record = self.record()
            opened = min(record.hints + 1, HINTS)
            keep(replace(record, hints=opened))
        return opened

    def solution(self, *, give_up: bool = False) -> str:
        """The solution, once the exercise is passed or given up; giving up is recorded.

        Raises:
            UsageError: neither is the case.
        """
        with self._changing() as keep:
            record = self.record()
            if not (record.passed or record.gave_up or give_up):
                raise UsageError(
                    f"The solution of {self.exercise.id} opens when your code passes.",
                    f"`tutor exercise hint {self.exercise.id}` helps; --give-up opens it now, and is recorded.",
                )
            if not (record.passed or record.gave_up):
                keep(replace(record, gave_up=self._now()))
        return self.exercise.solution

    def reset(self) -> Path | None:
        """Begin again from the skeleton; return where the old file was kept, or None where nothing was written yet."""
        with self._changing():
            backup = None
            if self.work.exists() and self.work.read_bytes() != self.exercise.start.encode():
                backup = self._free_backup()
                self.work.rename(backup)
            write_whole(self.work, self.exercise.start)
        self.start()
        return backup

    def _free_backup(self) -> Path:
        number = 1
        while (backup := self.path / f"work-{number}.py").exists():
            number += 1
        return backup
