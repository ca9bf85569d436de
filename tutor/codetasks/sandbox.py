"""Running code that a model wrote: many answers in one child process, behind the walls that exercises have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import tutor
from tutor.childprocess import SPIN_COUNT
from tutor.course.exercises.runner import LOADING_S
from tutor.errors import TutorError

LIMIT_S = 2.0
"""How long one answer may run."""
BATCH = 40
"""Answers of one child. Those behind one that ended the process get another child."""
ENDED = "it ended or blocked the process"

Sample = tuple[str, Sequence[str]]
"""Code, and the tests that must be true afterwards."""


def run_all(
    samples: Sequence[Sample],
    limit_s: float = LIMIT_S,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[str]:
    """What each sample failed with, '' where it passed all of its tests; 0.2 s and some milliseconds each.

    The walls are those of `tutor.course.exercises.walls`, with what they do not hold off: code that sets out to forge
    its verdict, or that of one after it, can.

    Raises:
        TutorError: the child process could not be started.
    """
    verdicts: list[str] = []
    while len(verdicts) < len(samples):
        batch = samples[len(verdicts) : len(verdicts) + BATCH]
        told = _run(batch, limit_s)
        verdicts += told if len(told) == len(batch) else [*told, ENDED]
        progress(len(verdicts), len(samples))
    return verdicts


def _run(samples: Sequence[Sample], limit_s: float) -> list[str]:
    """The verdicts that a child came to; fewer than samples where one of these ended it."""
    with tempfile.TemporaryDirectory(prefix="tutor-answers-", ignore_cleanup_errors=True) as scratch:
        (Path(scratch) / "samples.json").write_text(json.dumps(samples))
        child = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", "tutor.codetasks.sandbox_child", scratch, str(limit_s)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env=_environment(scratch),
            start_new_session=True,
        )
        try:
            said, complained = child.communicate(timeout=LOADING_S + limit_s * len(samples))
        except subprocess.TimeoutExpired:
            child.kill()
            said, complained = child.communicate()
    ready, *lines = said.decode(errors="replace").split("\n")
    if ready != "ready":
        reason = complained.decode(errors="replace").strip()[-300:]
        raise TutorError("The process that runs generated code could not be started.", reason)
    return [_verdict(line) for line in lines[:-1]][: len(samples)]


def _verdict(line: str) -> str:
    try:
        return str(json.loads(line))
    except ValueError:  # the answer wrote into the pipe
        return ENDED


def _environment(scratch: str) -> dict[str, str]:
    """Nothing of the user's: no tokens, no home."""
    return {
        "PATH": os.defpath,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(tutor.__file__).parents[1]),
        "OMP_NUM_THREADS": "1",
        "GOMP_SPINCOUNT": SPIN_COUNT,
    }
