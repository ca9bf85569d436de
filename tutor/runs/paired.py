"""Whether the held-out losses of two runs differ by more than chance: `python -m tutor.runs.paired DIRECTORY …`.

Compared are the losses that each run kept of its trained model, example by example.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor.childprocess import quiet_environment
from tutor.files import read_json
from tutor.runs.store import RunDir

KEPT = ("evaluation/tuned.json", "losses/qlora.json")
"""Where the labs keep nats and tokens of every held-out example, by split."""


FEWEST = 10
"""Examples below which resampling says nothing: its intervals are too narrow."""


@dataclass(frozen=True)
class Difference:
    """By how much a run's held-out loss is above the first run's, in nats/token, paired by example."""

    split: str
    run: int
    """Its place among the runs, counted from 0."""
    value: float
    low: float
    high: float
    """95 % bootstrap interval."""
    n: int
    """Examples."""

    @property
    def verdict(self) -> str:
        """What the interval says."""
        if self.n < FEWEST:
            return "too few examples to say"
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "no significant difference"


def paired(runs: Sequence[RunDir]) -> list[Difference]:
    """Every run against the first, on every split in which both measured the same examples.

    Examples are taken to be the same where there are as many, each with the same number of tokens.
    """
    from tutor.engine import bootstrap  # NumPy: the app, which reads the rest of this module, does without

    first, *others = map(_losses, runs)
    found = []
    for place, other in enumerate(others, 1):
        for split, theirs in other.items():
            ours = first.get(split)
            if split != "train" and ours and ours["tokens"] == theirs["tokens"]:
                more = [b - a for a, b in zip(ours["nats"], theirs["nats"], strict=True)]
                each = bootstrap.ratio(more, theirs["tokens"])
                found.append(Difference(split, place, each.value, each.low, each.high, each.n))
    return found


def _losses(run: RunDir) -> dict[str, Any]:
    for name in KEPT:
        if (run.path / name).is_file():
            kept = read_json(run.path / name)
            return dict(kept.get("losses", kept))
    return {}


def start(runs: Sequence[RunDir]) -> subprocess.Popen[str]:
    """Begin to compare in a process of its own, so that the app need not load NumPy."""
    return subprocess.Popen(
        [sys.executable, "-m", "tutor.runs.paired", *(str(run.path) for run in runs)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=quiet_environment(),
    )


def result(process: subprocess.Popen[str]) -> list[Difference]:
    """Wait for the differences; none where artefacts are damaged."""
    said, _ = process.communicate()
    return [Difference(**row) for row in json.loads(said)] if process.returncode == 0 else []


if __name__ == "__main__":
    print(json.dumps([asdict(each) for each in paired([RunDir(Path(path)) for path in sys.argv[1:]])]))
