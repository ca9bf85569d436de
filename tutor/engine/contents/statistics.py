"""Mean, spread and oddities of a tensor, in one pass over its file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tutor.engine.contents.stored import Numbers, StoredTensor


@dataclass
class Statistics:
    """Of all finite numbers of a tensor."""

    count: int = 0
    """Finite numbers."""
    not_finite: int = 0
    """NaN and infinities."""
    zeros: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    """Σ (x - mean)²"""

    @property
    def std(self) -> float:
        """Standard deviation of the population."""
        return math.sqrt(self.squares / self.count) if self.count else 0.0

    def add(self, numbers: Numbers) -> None:
        """Take in more numbers; means and squares of two parts combine exactly (Chan, Golub and LeVeque 1983)."""
        finite = numbers[np.isfinite(numbers)].astype(np.float64)
        self.not_finite += numbers.size - finite.size
        if not finite.size:
            return
        mean, total = float(finite.mean()), self.count + finite.size
        apart = mean - self.mean
        self.squares += float(np.square(finite - mean).sum()) + apart * apart * self.count * finite.size / total
        self.mean += apart * finite.size / total
        self.count = total
        self.zeros += finite.size - int(np.count_nonzero(finite))
        self.low, self.high = min(self.low, float(finite.min())), max(self.high, float(finite.max()))

    def facts(self) -> dict[str, float | int | None]:
        """As plain data; the extremes of no numbers are None."""
        known = {"min": self.low, "max": self.high, "mean": self.mean, "std": self.std}
        numbers: dict[str, float | int | None] = {name: value if self.count else None for name, value in known.items()}
        return numbers | {"zeros": self.zeros, "not_finite": self.not_finite}


def statistics_of(tensor: StoredTensor) -> Statistics | None:
    """Statistics of one tensor; None where its type cannot be read."""
    if not tensor.readable:
        return None
    found = Statistics()
    for numbers in tensor.pieces():
        found.add(numbers)
    return found
