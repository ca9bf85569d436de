"""Two traces side by side: where their values part, and which stages take longer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tutor.insight.trace_found import Trace

SAME = 1e-3
"""Share by which a stage's length or spread may differ and still be the same: what rounding does."""
RESAMPLES = 2000


@dataclass(frozen=True)
class Parting:
    """The first stage whose values differ."""

    stage: str
    layer: int | None
    before: float
    after: float
    """Length (L2) of the tensor in each trace."""


@dataclass(frozen=True)
class Pace:
    """Seconds of one kind of stage in the second trace, as a multiple of the first."""

    stage: str
    ratio: float
    low: float
    high: float
    """95 % interval, by resampling the timed passes of both."""

    @property
    def verdict(self) -> str:
        """Whether the interval excludes 1."""
        return "slower" if self.low > 1 else "faster" if self.high < 1 else "no difference proved"


def parting(first: Trace, second: Trace) -> Parting | None:
    """Where the values of two traces of one prompt part, or None where they never do."""
    for one, other in zip(first.stages, second.stages, strict=False):
        if (one["name"], one["layer"]) != (other["name"], other["layer"]) or _differ(one["l2"], other["l2"]):
            return Parting(str(one["name"]), one["layer"], one["l2"], other["l2"])
    return None


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > SAME * max(abs(one), abs(other))


def paces(first: Trace, second: Trace) -> list[Pace]:
    """Every kind of stage and the whole pass, the slowest of the first trace on top."""
    measured = [_times(trace) for trace in (first, second)]
    kinds = [kind for kind in measured[0] if kind in measured[1]]
    found = [_pace(kind, measured[0][kind], measured[1][kind]) for kind in kinds]
    return sorted(found, key=lambda pace: -float(measured[0][pace.stage].mean()))


def _times(trace: Trace) -> dict[str, npt.NDArray[np.float64]]:
    """Seconds by kind of stage, one for each timed pass; `whole pass` from call to result."""
    passes = trace.data["passes"]
    by_kind = [trace.seconds_by_kind(timed) | {"whole pass": timed["wall"]} for timed in passes]
    return {kind: np.array([seconds[kind] for seconds in by_kind]) for kind in by_kind[0]}


def _pace(kind: str, one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> Pace:
    chance = np.random.default_rng(0)  # the same traces give the same interval
    draws = [chance.choice(times, (RESAMPLES, len(times))).mean(axis=1) for times in (one, other)]
    low, high = np.quantile(draws[1] / draws[0], [0.025, 0.975])
    return Pace(kind, float(other.mean() / one.mean()), float(low), float(high))
