"""A second sampler, written with lists and loops, and many draws."""

import math
from typing import Any

import numpy as np

from tutor.course.exercises.expect import close, expect, same, show


def _by_hand(logits: list[float], temperature: float, top_k: int, top_p: float) -> list[float]:
    ranked = sorted(range(len(logits)), key=lambda token: -logits[token])[: top_k or len(logits)]
    weight = {token: math.exp((logits[token] - max(logits)) / temperature) for token in ranked}
    total, reached = sum(weight.values()), 0.0
    kept: dict[int, float] = {}
    for token in ranked:
        if reached >= top_p and kept:
            break
        kept[token] = weight[token]
        reached += weight[token] / total
    return [kept.get(token, 0.0) / sum(kept.values()) for token in range(len(logits))]


def _compare(work: Any, logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> None:
    wanted = _by_hand(logits.tolist(), temperature, top_k, top_p)
    call = f"distribution({show(logits)}, temperature={temperature}, top_k={top_k}, top_p={top_p})"
    close(work.distribution(logits.copy(), temperature, top_k, top_p), wanted, call)


def test_temperature(work: Any, seed: int) -> None:
    """temperature flattens and sharpens"""
    logits = np.random.default_rng(seed).normal(scale=2, size=6)
    for temperature in (1.0, 0.3, 2.5):
        _compare(work, logits, temperature, 0, 1.0)


def test_temperature_zero(work: Any, seed: int) -> None:
    """temperature 0 takes the largest logit, the first of equals"""
    logits = np.random.default_rng(seed).normal(size=6)
    logits[[2, 4]] = logits.max() + 1
    got = work.distribution(logits, 0.0, 0, 1.0)
    close(got, [0, 0, 1, 0, 0, 0], f"distribution({show(logits)}, temperature=0)")


def test_large_logits(work: Any, seed: int) -> None:
    """a small temperature does not overflow"""
    logits = np.random.default_rng(seed).normal(scale=20, size=6)
    _compare(work, logits, 0.01, 0, 1.0)


def test_top_k(work: Any, seed: int) -> None:
    """top-k keeps exactly the k largest"""
    logits = np.random.default_rng(seed).normal(scale=2, size=8)
    for top_k in (1, 3, 8, 50):
        _compare(work, logits, 1.0, top_k, 1.0)


def test_top_p(work: Any, seed: int) -> None:
    """top-p keeps the token that reaches the sum, and always the first"""
    logits = np.random.default_rng(seed).normal(scale=2, size=8)
    for top_p in (0.001, 0.5, 0.9, 0.99):
        _compare(work, logits, 1.0, 0, top_p)


def test_together(work: Any, seed: int) -> None:
    """temperature, top-k and top-p in that order"""
    rng = np.random.default_rng(seed)
    for _ in range(20):
        logits = rng.normal(scale=2, size=10)
        _compare(work, logits, float(rng.uniform(0.3, 2)), int(rng.integers(1, 8)), float(rng.uniform(0.3, 0.98)))


def test_logits_are_left_alone(work: Any, seed: int) -> None:
    """the logits that were passed in are unchanged"""
    logits = np.random.default_rng(seed).normal(size=6)
    copy = logits.copy()
    work.distribution(logits, 1.0, 2, 0.9)
    expect(np.array_equal(logits, copy), "distribution changed the array of logits that it was given.")


def test_pick(work: Any, seed: int) -> None:
    """u falls on the right token"""
    for u, token in ((0.0, 0), (0.19, 0), (0.2, 2), (0.49, 2), (0.5, 3), (0.999, 3)):
        same(int(work.pick(np.array([0.2, 0.0, 0.3, 0.5]), u)), token, f"pick([0.2, 0, 0.3, 0.5], {u})")


def test_impossible_tokens(work: Any, seed: int) -> None:
    """a token of probability 0 is never picked"""
    same(int(work.pick(np.array([0.0, 1.0, 0.0]), 0.0)), 1, "pick([0, 1, 0], 0.0)")
    short = np.array([0.3, 0.3, 0.4 - 1e-9, 0.0])  # adds up to less than 1, as rounded sums do
    same(int(work.pick(short, 1 - 1e-12)), 2, "pick([0.3, 0.3, 0.399999999, 0], 0.999999999999)")


def test_many_draws(work: Any, seed: int) -> None:
    """many draws come out as often as they should"""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(5))
    draws = np.bincount([int(work.pick(probabilities, u)) for u in rng.random(20_000)], minlength=5) / 20_000
    close(draws, probabilities, "the share of each token in 20,000 calls of pick", tolerance=0.02)
