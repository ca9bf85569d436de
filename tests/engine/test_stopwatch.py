"""Timing: what is measured with how many threads, and the arithmetic of repeats."""

from __future__ import annotations

import statistics

import torch

from tutor.engine.stopwatch import FEWEST, measure, pinned, timing_of


def test_threads_are_pinned_inside_and_given_back() -> None:
    before = torch.get_num_threads()
    seen = set[int]()
    timing = measure(lambda: seen.add(torch.get_num_threads()), 1, 0.0)
    assert seen == {1}
    assert torch.get_num_threads() == before
    assert timing.repeats >= FEWEST
    assert 0 < timing.low <= timing.median <= timing.high


def test_threads_are_given_back_after_an_error() -> None:
    before = torch.get_num_threads()
    try:
        with pinned(before + 1):
            raise ValueError
    except ValueError:
        assert torch.get_num_threads() == before


def test_half_of_the_repeats_lie_between_low_and_high() -> None:
    seconds = [5.0, 1.0, 2.0, 9.0, 4.0]
    timing = timing_of(seconds)
    assert timing.median == statistics.median(seconds)
    assert (timing.low, timing.high, timing.repeats) == (2.0, 5.0, 5)
    assert timing_of([3.0]) == timing_of([3.0, 3.0][:1])
    assert timing_of([3.0]).median == 3.0
