"""Intervals cover what they should and call nothing better that is not."""

from __future__ import annotations

import random

import pytest

from tutor.engine import bootstrap


def test_the_value_is_the_plain_one() -> None:
    assert bootstrap.mean([1, 2, 3, 6]).value == 3
    assert bootstrap.ratio([10, 20], [2, 8]).value == 3
    assert bootstrap.difference([3, 5], [1, 1]).value == 3


def test_the_same_numbers_give_the_same_interval() -> None:
    assert bootstrap.mean([0.1, 0.7, 0.4]) == bootstrap.mean([0.1, 0.7, 0.4])


def test_19_of_20_intervals_hold_the_true_mean() -> None:
    chance = random.Random(1)
    samples = [[chance.gauss(5, 2) for _ in range(40)] for _ in range(200)]
    covered = sum(estimate.low <= 5 <= estimate.high for estimate in map(bootstrap.mean, samples))
    assert 180 <= covered <= 199


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([1, 2, 1, 3], "better"), ([-1, -2, -1, -3], "worse"), ([-1, 1, -1, 1], "inconclusive"), ([0, 0], "inconclusive")],
)
def test_verdicts(values: list[float], verdict: str) -> None:
    assert bootstrap.mean(values).verdict == verdict


def test_pairing_sees_what_two_separate_means_cannot() -> None:
    chance = random.Random(2)
    easy_and_hard = [chance.uniform(0, 10) for _ in range(30)]
    better = [value + 0.2 + chance.gauss(0, 0.1) for value in easy_and_hard]
    assert bootstrap.difference(better, easy_and_hard).verdict == "better"
    assert bootstrap.mean(better).low < bootstrap.mean(easy_and_hard).high
