"""Checking a learner's file: a child process with walls around it, and the one line that helps."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutor.childprocess import SPIN_COUNT
from tutor.course.exercises.exercise import CHECK, Exercise
from tutor.course.exercises.failure import WORK, Failure
from tutor.errors import TutorError

LIMIT_S = 5.0
"""How long the learner's code may run, per test."""
LOADING_S = 60.0
"""How long Python and the libraries may take to load, on a machine that is busy training."""
GRACE_S = 2.0
"""Time for the alarm inside the child to be reported before the process is killed."""
SEEDS = (1, 2)
"""Inputs of the first round, and of the round that catches answers fitted to the first."""
OUTPUT_SHOWN = 4000
"""Characters of printed output that are kept: the last ones."""
TELLING_BYTES = 1 << 20
"""More than any honest child tells."""


@dataclass(frozen=True)
class TestResult:
    """One test of the check. `passed` is None where it was not reached."""

    __test__ = False  # a name that pytest would collect

    name: str
    title: str
    passed: bool | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Result:
    """The verdict on a file."""

    passed: bool
    tests: tuple[TestResult, ...]
    failure: Failure | None
    """The one to show, of the first test that failed or of the file as a whole; None when it passed."""
    output: str
    """What the code printed."""
    seconds: float
    """From the call to the verdict."""
    walls_missing: Mapping[str, str]
    """For each wall that this system does not offer, the reason."""


@dataclass
class _Told:
    """What a child has said so far."""

    tests: dict[str, TestResult] = field(default_factory=dict)
    trying: str = ""
    failure: Failure | None = None
    """The first that was told: a whole round is heard before the next begins."""
    walls_missing: dict[str, str] = field(default_factory=dict)
    ready: bool = False
    done: bool = False

    def hear(self, event: dict[str, Any]) -> None:
        match event["kind"]:
            case "ready":
                self.ready, self.walls_missing = True, event["missing"]
            case "test":
                self.tests[event["name"]] = TestResult(event["name"], event["title"])
            case "broken":
                self.failure = Failure(**event["failure"])
            case "trying":
                self.trying = event["name"]
            case "tried":
                self._tried(event)
            case "done":
                self.done = True

    def _tried(self, event: dict[str, Any]) -> None:
        test = self.tests[event["name"]]
        self.trying = ""
        if test.failure:  # the first round's verdict stands
            return
        failure = Failure(**event["failure"]) if event["failure"] else None
        if failure and event["again"]:
            failure = Failure(
                f"It passed once, but not on other inputs. {failure.message}", failure.line, failure.source
            )
        self.tests[test.name] = TestResult(test.name, test.title, failure is None, failure)
        self.failure = self.failure or failure


def check(exercise: Exercise, file: Path, *, seeds: Sequence[int] = SEEDS, limit_s: float = LIMIT_S) -> Result:
    """Run the exercise's check on the learner's `file`.

    Blocks for the time that takes: 0.3 s with NumPy, 2 to 3 s where torch is loaded, plus the learner's own.

    Raises:
        TutorError: the file cannot be read, or the process could not be started.
    """
    began = time.monotonic()
    try:
        source = file.read_bytes()
    except OSError as error:
        raise TutorError(
            f"{file} cannot be read: {error.strerror}.", f"Get a fresh copy with: tutor exercise reset {exercise.id}"
        ) from error
    told = _Told()
    directory = tempfile.TemporaryDirectory(prefix="tutor-check-", ignore_cleanup_errors=True)
    with directory as scratch, tempfile.TemporaryFile() as printed:
        (Path(scratch) / WORK).write_bytes(source)
        ending = _run(exercise, scratch, printed.fileno(), seeds, limit_s, told)
        output = _printed(printed.fileno())
    if not told.ready:
        raise TutorError(f"The check of {exercise.id} could not be started: {ending}.", output.strip()[-300:])
    failure = _useful(told, ending, limit_s)
    tests = tuple(told.tests.values())
    return Result(failure is None, tests, failure, output, time.monotonic() - began, told.walls_missing)


def _run(
    exercise: Exercise, scratch: str, printed: int, seeds: Sequence[int], limit_s: float, told: _Told
) -> str | None:
    """Start the child, hear what it tells, and see to its end; return how it ended where that was not well."""
    reading, writing = os.pipe()
    job = {
        "scratch": scratch,
        "check": str(exercise.folder / CHECK),
        "names": exercise.names,
        "uses": exercise.uses,
        "seeds": list(seeds),
        "limit_s": limit_s,
        "channel": writing,
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "tutor.course.exercises.child", json.dumps(job)],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            cwd=scratch,
            env=_environment(scratch),
            pass_fds=[writing],
            start_new_session=True,
        )
    except BaseException:  # Ctrl-C too: whatever it was goes on, without the open pipe
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        in_time = _listen(reading, told, limit_s)
        return _end(process, in_time=in_time)
    finally:
        os.close(reading)
        _kill(process)


def _listen(reading: int, told: _Told, limit_s: float) -> bool:
    """Hear the child until it closes its pipe; False where it fell silent for longer than a test may take."""
    rest, heard = b"", 0
    until = time.monotonic() + LOADING_S
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while selector.select(max(until - time.monotonic(), 0)):
            piece = os.read(reading, 65536)
            heard += len(piece)
            if not piece or heard > TELLING_BYTES:
                return True
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):  # the learner's code can write here too
                    told.hear(json.loads(line))
            until = time.monotonic() + (limit_s + GRACE_S if told.ready else LOADING_S)
    return False


def _end(process: subprocess.Popen[bytes], *, in_time: bool) -> str | None:
    if not in_time:
        return "time"
    try:
        code = process.wait(GRACE_S)
    except subprocess.TimeoutExpired:  # it closed its pipe and lives on
        return "silence"
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}" if code else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started in its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(scratch: str) -> dict[str, str]:
    """Nothing of the user's: no tokens, no home. One thread is fastest on small arrays."""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    )
    return threads | {
        "PATH": os.defpath,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "GOMP_SPINCOUNT": SPIN_COUNT,
        "TOKENIZERS_PARALLELISM": "false",
    }


def _printed(file: int) -> str:
    size = os.fstat(file).st_size
    tail = os.pread(file, 4 * OUTPUT_SHOWN, max(size - 4 * OUTPUT_SHOWN, 0))
    return tail.decode(errors="replace")[-OUTPUT_SHOWN:]


def _useful(told: _Told, ending: str | None, limit_s: float) -> Failure | None:
    """The one failure to show, or None where there is none."""
    if told.failure or (told.done and ending is None):
        return told.failure
    during = f" during “{told.tests[told.trying].title}”" if told.trying in told.tests else ""
    match ending:
        case "time" | "SIGXCPU":
            return Failure(f"Your code was still running after {limit_s:g} s{during} (an endless loop?).")
        case "SIGKILL":
            return Failure(f"The system ended your code{during}: most likely it took too much memory.")
        case "SIGSEGV" | "SIGABRT" | "SIGBUS":
            return Failure(
                f"Your code crashed Python itself ({ending}){during}: a recursion without end, or bad memory."
            )
    return Failure(f"Your code ended the process{during} (os._exit?); return a value instead.")
