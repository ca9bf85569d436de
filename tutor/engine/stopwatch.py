"""How long a small piece of work takes: the median of repeats after a warm-up, with the number of threads pinned."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from timeit import Timer

import torch

from tutor.engine.hardware import physical_cores

BUDGET = 0.15
"""Seconds that one measurement takes, as far as `FEWEST` repeats fit."""
FEWEST = 5
SHORTEST = 0.0005
"""Seconds of one repeat: quick work is called several times in it, so that reading the clock costs nothing."""


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: the median, and between which two values half of the repeats lie."""

    median: float
    low: float
    high: float
    repeats: int


def measure(work: Callable[[], object], threads: int, budget: float = BUDGET) -> Timing:
    """Time `work` with so many threads of PyTorch. What is sent to a GPU `work` must wait for itself."""
    timer = Timer(work)
    with pinned(threads):
        calls = 1
        while timer.timeit(calls) < SHORTEST:  # the warm-up as well
            calls *= 2
        end, seconds = time.perf_counter() + budget, list[float]()
        while len(seconds) < FEWEST or time.perf_counter() < end:
            seconds.append(timer.timeit(calls) / calls)
    return timing_of(seconds)


def timing_of(seconds: list[float]) -> Timing:
    """The spread of repeats."""
    if len(seconds) == 1:
        return Timing(seconds[0], seconds[0], seconds[0], 1)
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return Timing(median, low, high, len(seconds))


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Compute with so many threads inside; tiny tensors are quickest with one."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def quicker(work: Callable[[], object], budget: float = 0.05) -> int:
    """One thread or all cores, whichever is faster now: on a busy machine threads wait for each other."""
    times = {count: measure(work, count, budget).median for count in {1, physical_cores()}}
    return min(times, key=lambda count: times[count])
