"""Is every right answer right, and every wrong one wrong? Found out by running them."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.codetasks.sandbox import run_all
from tutor.codetasks.task import CodeTask


def verify(tasks: Sequence[CodeTask]) -> list[str]:
    """A sentence for each task whose answers are not what they are called; about 2 s for the whole set."""
    codes = [code for task in tasks for code in (task.chosen, task.rejected)]
    verdicts = iter(run_all([(code, task.tests) for code, task in zip(codes, _twice(tasks), strict=True)]))
    problems = []
    for task in tasks:
        right, wrong = next(verdicts), next(verdicts)
        if right:
            problems.append(f"{task.name}: the right answer fails: {right}")
        if not wrong:
            problems.append(f"{task.name}: the wrong answer passes")
    return problems


def _twice(tasks: Sequence[CodeTask]) -> list[CodeTask]:
    return [task for task in tasks for _ in range(2)]
