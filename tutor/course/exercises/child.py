"""The process that runs a learner's code: `python -I -m tutor.course.exercises.child JOB`, started by the runner.

It builds its own walls, loads the libraries, then the learner's file and the check, and tells on a pipe what
happened, one JSON object a line. It ends without the interpreter's clean-up, in which the learner's code
could run once more.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import TextIO

from tutor.course.exercises import limits, walls
from tutor.course.exercises.audit import Guard
from tutor.course.exercises.failure import WORK, Failure, OutOfTime, explain

Test = Callable[[ModuleType, int], None]


@dataclass(frozen=True)
class Job:
    """What the runner asks for."""

    scratch: str
    """The directory with the learner's `work.py`, the only one that can be written to."""
    check: str
    """The path of the exercise's `check.py`."""
    names: Sequence[str]
    """What the learner's file must define."""
    uses: Sequence[str]
    """Libraries to load before the walls inside Python go up."""
    seeds: Sequence[int]
    limit_s: float
    channel: int
    """The file descriptor to tell on."""


def main() -> None:
    """Do the job in `sys.argv[1]`."""
    job = Job(**json.loads(sys.argv[1]))
    channel = os.fdopen(job.channel, "w", buffering=1, encoding="utf-8")
    scratch, check = Path(job.scratch), Path(job.check)
    check_code = compile(check.read_bytes(), str(check), "exec")
    source = (scratch / WORK).read_bytes()
    missing = walls.raise_kernel_walls(scratch)
    for library in ("tutor.course.exercises.expect", *job.uses):
        importlib.import_module(library)
    tests = _load_tests(check_code)
    if reason := limits.limit_memory():
        missing["memory limit"] = reason
    limits.limit_time(round(job.limit_s) + 4)  # behind the alarm, and behind the runner's own patience
    Guard(walls.readable_places(), [scratch, Path(os.devnull)]).install()
    _tell(channel, "ready", missing=missing)
    _judge(job, channel, source, tests)
    _flush_output()
    _tell(channel, "done")
    os._exit(0)


def _load_tests(check_code: CodeType) -> dict[str, Test]:
    check = ModuleType("check")
    exec(check_code, check.__dict__)
    return {name: test for name, test in vars(check).items() if name.startswith("test_")}


def _judge(job: Job, channel: TextIO, source: bytes, tests: Mapping[str, Test]) -> None:
    lines = source.decode(errors="replace").splitlines()
    work, failed = _load_work(job, source, lines)
    if failed:
        _tell(channel, "broken", failure=asdict(failed))
        return
    for name, test in tests.items():
        _tell(channel, "test", name=name, title=inspect.getdoc(test))
    for number, seed in enumerate(job.seeds):
        for name, test in tests.items():
            _tell(channel, "trying", name=name)
            failed, stop = _try(lambda test=test, seed=seed: test(work, seed), lines, job.limit_s)  # type: ignore[misc]
            _tell(channel, "tried", name=name, again=number > 0, failure=asdict(failed) if failed else None)
            if stop:
                return


def _load_work(job: Job, source: bytes, lines: Sequence[str]) -> tuple[ModuleType, Failure | None]:
    """The learner's module, or why it cannot be used."""
    work = ModuleType("work")

    def load() -> None:
        exec(compile(source, WORK, "exec", dont_inherit=True), work.__dict__)

    sys.modules["work"] = work
    failed, _ = _try(load, lines, job.limit_s)
    absent = [name for name in job.names if not callable(getattr(work, name, None))]
    if not failed and absent:
        failed = Failure(f"Your file does not define {absent[0]!r}; the task says what it takes and returns.")
    return work, failed


def _try(call: Callable[[], object], lines: Sequence[str], limit_s: float) -> tuple[Failure | None, bool]:
    """Why `call` failed, and whether there is no sense in going on."""
    try:
        with alarm(limit_s):
            call()
    except BaseException as error:  # whatever the learner's code raises is a verdict, SystemExit included
        failed = explain(error, lines)
        traceback.clear_frames(error.__traceback__)  # what ate the memory must not stay alive
        return failed, isinstance(error, OutOfTime | MemoryError)
    return None, False


@contextmanager
def alarm(limit_s: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block after `limit_s`, and again every second should it be caught."""

    def ring(_signal: int, _frame: object) -> None:
        raise OutOfTime(limit_s)

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit_s, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # full, or closed by the learner's code: what was printed is lost
            continue


def _tell(channel: TextIO, kind: str, **facts: object) -> None:
    channel.write(json.dumps({"kind": kind} | facts) + "\n")


if __name__ == "__main__":
    main()
