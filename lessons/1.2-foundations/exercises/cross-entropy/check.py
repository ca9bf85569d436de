"""The surprise of each position is computed one number at a time, with Python's `math`."""

import math
from typing import Any

import numpy as np

from tutor.course.exercises.expect import close, expect, raises, show


def _surprise(row: list[float], target: int) -> float:
    """-log(softmax(row)[target]): how many times more the whole weighs than the target, in logarithms."""
    return math.log(math.fsum(math.exp(score - max(row)) for score in row)) + max(row) - row[target]


def _mean_surprise(logits: np.ndarray, targets: np.ndarray) -> float:
    pairs = [(row, target) for row, target in zip(logits.tolist(), targets.tolist(), strict=True) if target >= 0]
    return math.fsum(_surprise(row, target) for row, target in pairs) / len(pairs)


def _problem(seed: int, positions: int = 5, vocabulary: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(scale=3, size=(positions, vocabulary)), rng.integers(vocabulary, size=positions)


def test_one_position(work: Any, seed: int) -> None:
    """one position"""
    logits, targets = _problem(seed, positions=1, vocabulary=4)
    close(
        work.cross_entropy(logits, targets),
        _mean_surprise(logits, targets),
        f"cross_entropy({show(logits)}, {show(targets)})",
    )


def test_mean(work: Any, seed: int) -> None:
    """the mean over several positions"""
    logits, targets = _problem(seed)
    close(work.cross_entropy(logits, targets), _mean_surprise(logits, targets), "cross_entropy of 5 positions")


def test_uniform(work: Any, seed: int) -> None:
    """a model that knows nothing scores the logarithm of its vocabulary"""
    for size in (2, 49152):
        got = work.cross_entropy(np.zeros((2, size)), np.array([0, 1]))
        close(got, math.log(size), f"cross_entropy with {size} equal logits")


def test_large_logits(work: Any, seed: int) -> None:
    """logits of thousands neither overflow nor lose precision"""
    logits, targets = _problem(seed)
    for shift in (1000.0, -1000.0):
        got = work.cross_entropy(logits + shift, targets)
        expect(got is None or math.isfinite(got), f"cross_entropy of logits around {shift:g} is {got}: exp overflowed.")
        close(got, _mean_surprise(logits, targets), f"cross_entropy after adding {shift:g} to every logit")
    apart = np.array([[0.0, 2000.0]])
    close(work.cross_entropy(apart, np.array([0])), 2000.0, "cross_entropy([[0, 2000]], [0])")


def test_ignored_positions(work: Any, seed: int) -> None:
    """positions with target -100 count neither in the sum nor in the mean"""
    logits, targets = _problem(seed, positions=6)
    targets[[1, 4, 5]] = -100
    got = work.cross_entropy(logits, targets)
    close(got, _mean_surprise(logits, targets), f"cross_entropy with targets {show(targets)}")


def test_nothing_left(work: Any, seed: int) -> None:
    """a batch without a single target is an error"""
    logits, targets = _problem(seed)
    raises(
        ValueError, lambda: work.cross_entropy(logits, np.full_like(targets, -100)), "cross_entropy, all targets -100,"
    )
