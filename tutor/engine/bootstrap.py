"""95 % intervals by resampling examples (Efron 1979): how much a mean would move with other held-out examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95
_SEED = 0  # the interval of a result must not change when it is printed again

Numbers = Sequence[float]


@dataclass(frozen=True)
class Estimate:
    """A measured value with its interval over `n` examples."""

    value: float
    low: float
    high: float
    n: int

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.n)

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `inconclusive`: for a difference where more is better."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "inconclusive"

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean(values: Numbers) -> Estimate:
    """The mean over examples."""
    return ratio(values, [1.0] * len(values))


def difference(values: Numbers, others: Numbers) -> Estimate:
    """The mean of `values - others`, paired by example."""
    return mean([value - other for value, other in zip(values, others, strict=True)])


def ratio(totals: Numbers, weights: Numbers) -> Estimate:
    """Σ totals / Σ weights: nats per token out of the nats and the tokens of every example."""
    numerator, denominator = np.asarray(totals, float), np.asarray(weights, float)
    drawn = np.random.default_rng(_SEED).integers(len(numerator), size=(RESAMPLES, len(numerator)))
    resampled = numerator[drawn].sum(axis=1) / denominator[drawn].sum(axis=1)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Estimate(float(numerator.sum() / denominator.sum()), float(low), float(high), len(numerator))
