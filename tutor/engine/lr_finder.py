"""A learning rate from a sweep: a few steps, each with a larger one, until the loss rises (arXiv:1506.01186)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tutor.engine.training import Training
from tutor.errors import TutorError
from tutor.files import read_json, write_json

SWEEP = "lr_finder.json"
LOWEST, HIGHEST = 1e-5, 1.0
STEPS = 40
SMOOTHING = 0.8
"""Share of the loss so far in the smoothed one: single batches differ more than neighbouring rates do."""
DIVERGED = 2.0
"""Times the best smoothed loss at which there is nothing more to learn."""
SAFETY = 10.0
"""The suggestion is so many times below the rate of the lowest loss: there it is about to rise."""


@dataclass(frozen=True)
class Point:
    """One step of the sweep."""

    lr: float
    loss: float
    """nats/token of its batch, before the update."""
    smooth: float
    """The mean of the losses so far, later ones counting more."""


def sweep(
    training: Training, steps: int = STEPS, watch: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Point]:
    """Train with exponentially growing rates; the training is spoilt afterwards. `watch` gets (done, total) steps."""
    points: list[Point] = []
    mean = 0.0
    for number in range(steps):
        watch(number, steps)
        lr = LOWEST * (HIGHEST / LOWEST) ** (number / max(1, steps - 1))
        try:
            loss = training.step(lr).loss
        except TutorError:  # it diverged, which is one way to find the upper end
            break
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        points.append(Point(lr, loss, mean / (1 - SMOOTHING ** (number + 1))))
        if points[-1].smooth > DIVERGED * min(point.smooth for point in points):
            break
    return points


def suggested(points: list[Point]) -> float:
    """The learning rate to try: a tenth of the one at the lowest smoothed loss, with one digit."""
    lowest = min(points, key=lambda point: point.smooth).lr / SAFETY
    digit = 10.0 ** math.floor(math.log10(lowest))
    return round(lowest / digit) * digit


def save_sweep(path: Path, points: list[Point]) -> None:
    """Write it as JSON."""
    write_json(path, {"points": [asdict(point) for point in points]})


def read_sweep(path: Path) -> list[Point]:
    """Read what `save_sweep` wrote."""
    return [Point(**each) for each in read_json(path)["points"]]


def bars(points: list[Point], width: int = 30) -> Iterator[tuple[float, float, str]]:
    """Learning rate, smoothed loss, and a bar as long as the loss."""
    most = max(point.smooth for point in points)
    for point in points:
        yield point.lr, point.smooth, "█" * max(1, round(width * point.smooth / most))
