"""Trials that are repeated with other seeds: means, spreads, and which differences are more than chance.

Every trial has its loss on the same held-out examples, so two setups are compared seed by seed and example by example.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.engine.bootstrap import LEVEL, RESAMPLES, Estimate
from tutor.engine.heldout import HeldOut

_SEED = 0  # an interval must not change when it is printed again

Trials = Sequence[HeldOut]
"""Losses of one setup, seed by seed in the same order as every other's."""
Draws = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation over seeds."""

    mean: float
    sd: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value per seed; a single one has no deviation."""
        return cls(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0)

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.sd:.3f}"


def spread(trials: Trials) -> Spread:
    """Loss in nats/token."""
    return Spread.of([sum(trial.nats) / sum(trial.tokens) for trial in trials])


def difference(ours: Trials, theirs: Trials) -> Estimate:
    """By how many nats/token `ours` is above `theirs`: the mean over seeds, with its interval."""
    shift = _nats(ours) - _nats(theirs)
    resampled = _resampled(shift, ours[0].tokens, _draws(len(shift), len(shift[0])))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Estimate(float(shift.mean(axis=0).sum() / sum(ours[0].tokens)), float(low), float(high), shift.size)


def recommend(losses: Mapping[int, float], best_sd: float) -> int:
    """The smallest rank whose loss is at most one standard deviation (of the best one's seeds) above the best."""
    limit = min(losses.values()) + best_sd
    return min(rank for rank, loss in losses.items() if loss <= limit)


def recommended(setups: Mapping[int, Trials]) -> tuple[int, dict[int, float]]:
    """The rank to take by `recommend`, and in which share of resamples (of seeds and examples) each would be."""
    spreads = {rank: spread(trials) for rank, trials in setups.items()}
    sd = min(spreads.values(), key=lambda each: each.mean).sd
    first = next(iter(setups.values()))
    draws = _draws(len(first), len(first[0].nats))
    columns = [_resampled(_nats(trials), first[0].tokens, draws) for trials in setups.values()]
    chosen = Counter(recommend(dict(zip(setups, row, strict=True)), sd) for row in zip(*columns, strict=True))
    shares = {rank: chosen[rank] / RESAMPLES for rank in setups}
    return recommend({rank: each.mean for rank, each in spreads.items()}, sd), shares


def _nats(trials: Trials) -> NDArray[np.float64]:
    return np.array([trial.nats for trial in trials])  # [seeds, examples]


def _draws(seeds: int, examples: int) -> Draws:
    random = np.random.default_rng(_SEED)
    return random.integers(seeds, size=(RESAMPLES, seeds)), random.integers(examples, size=(RESAMPLES, examples))


def _resampled(nats: NDArray[np.float64], tokens: Sequence[int], draws: Draws) -> NDArray[np.float64]:
    """nats/token of every resample."""
    seeds, examples = draws
    means = nats[seeds].mean(axis=1)  # [resamples, examples]
    totals: NDArray[np.float64] = np.take_along_axis(means, examples, axis=1).sum(axis=1)
    return totals / np.asarray(tokens, float)[examples].sum(axis=1)
