"""The same small task learned from nothing and from a pretrained net, for lesson 1.2.1."""

from __future__ import annotations

import copy
import math
import time
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from tutor import paths
from tutor.engine.charmodel import ALPHABET, CharModel, descend, encode, mean_loss, write
from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned

__all__ = ["race"]

LIBRARY = ("argparse", "typing", "tarfile", "subprocess", "doctest", "optparse", "difflib", "pdb", "statistics")
"""Modules of Python's own library: English in the comments, code between them, and on every machine."""
LEARNED, JUDGED = 4000, 3000
"""Characters of the task that are trained on, and those after them, which are only judged."""
STEPS, EVERY = 400, 20
PRETRAINING_RATE = 0.1
REPORT = 0.25
"""Seconds between two parts of an answer."""
SAMPLE = 64

Points = list[list[float]]


def race(
    call: Call, task: str = "glossary", head_start: int = 1500, rate: float = 0.02, seed: int = 0
) -> dict[str, Any]:
    """Train a fresh net and a pretrained one on the same text, step by step side by side.

    Args:
        task: `glossary`, the definitions of this course, or `Python`, the solutions of its exercises.
        head_start: steps of pretraining on Python's own library.

    Returns:
        `pretraining`, `scratch`, `tuned`: points `[step, loss]` in nats per character of text that is not trained on;
        `goal`: the lowest loss of the fresh net, and at which `steps` each net is there (None: never); `when`: that
        in words; `samples`: what both write in the end; `uniform` = ln(characters). Parts have the same shape.
    """
    text = encode(_task_text(task))
    learned, judged = text[:LEARNED], text[LEARNED : LEARNED + JUDGED]
    fresh, tuned = CharModel(seed), CharModel(seed)
    answer: dict[str, Any] = {
        "pretraining": [], "scratch": [], "tuned": [], "goal": None, "steps": None, "samples": None,
        "uniform": math.log(len(ALPHABET)), "characters": len(ALPHABET), "total": STEPS, "head_start": head_start,
        "parameters": sum(weight.numel() for weight in fresh.parameters()),
        "source": f"PyTorch {torch.__version__}, gradient descent with momentum, one thread",
    }  # fmt: skip
    report = _Report(call, answer)
    with pinned(1):
        for step in descend(tuned, encode(_library_text()), PRETRAINING_RATE, head_start, seed):
            report(answer["pretraining"], step, tuned, judged)
        fine = copy.deepcopy(tuned)
        both = zip(descend(fresh, learned, rate, STEPS, seed), descend(fine, learned, rate, STEPS, seed), strict=True)
        for step, _ in both:
            report(answer["scratch"], step, fresh, judged)
            report(answer["tuned"], step, fine, judged)
        answer["samples"] = {"scratch": write(fresh, SAMPLE), "tuned": write(fine, SAMPLE)}
    return answer | _compare(answer["scratch"], answer["tuned"])


class _Report:
    """Measures every few steps, and lets the one who asked see it now and then."""

    def __init__(self, call: Call, answer: dict[str, Any]) -> None:
        self._call, self._answer, self._last = call, answer, 0.0

    def __call__(self, points: Points, step: int, model: CharModel, judged: torch.Tensor) -> None:
        self._call.check()
        if step % EVERY:
            return
        points.append([step, mean_loss(model, judged)])
        if time.monotonic() - self._last > REPORT:
            self._call.part(**self._answer)
            self._last = time.monotonic()


def _compare(scratch: Points, tuned: Points) -> dict[str, Any]:
    goal = min(loss for _, loss in scratch)
    steps = {
        name: next((int(step) for step, loss in points if loss <= goal), None)
        for name, points in (("scratch", scratch), ("tuned", tuned))
    }
    return {"goal": goal, "steps": steps, "when": _when(steps["tuned"])}


def _when(step: int | None) -> str:
    if step is None:
        return "Never in these steps"
    if step == 0:
        return "Before its first step"
    return "In the first tenth of the steps" if step <= STEPS / 10 else "Later than that"


def _library_text() -> str:
    found = [find_spec(name) for name in LIBRARY]
    return "".join(Path(spec.origin).read_text(encoding="utf-8") for spec in found if spec and spec.origin)


def _task_text(task: str) -> str:
    if task == "Python":
        return "\n".join(file.read_text() for file in sorted(paths.lessons_dir().glob("*/exercises/*/solution.py")))
    terms = tomllib.loads((paths.lessons_dir() / "glossary.toml").read_text())["term"]
    return "\n".join(term["says"] for term in terms)
