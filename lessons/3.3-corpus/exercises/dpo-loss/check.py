"""Log-probabilities come from products of probabilities; the loss from `math`, pair by pair."""

import math
from typing import Any

import numpy as np

from tutor.course.exercises.expect import close, expect, show

IGNORE = -100


def _answer(seed: int, seq: int = 6, vocabulary: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(scale=2, size=(seq, vocabulary)), rng.integers(vocabulary, size=seq)


def _logp(logits: np.ndarray, labels: np.ndarray) -> float:
    """The logarithm of the product of the probabilities of each label after the one before it."""
    probability = 1.0
    for position in range(1, len(labels)):
        if labels[position] != IGNORE:
            weights = [math.exp(score) for score in logits[position - 1]]
            probability *= weights[labels[position]] / math.fsum(weights)
    return math.log(probability)


def _pairs(seed: int, pairs: int = 4) -> np.ndarray:
    """Log-probabilities [4, pairs]: policy chosen and rejected, reference chosen and rejected."""
    return -np.random.default_rng(seed).uniform(1, 30, size=(4, pairs))


def _loss(logps: np.ndarray, beta: float) -> float:
    """-log of the probability that the first of two wins, in the Bradley-Terry model with rewards beta · log-ratio."""
    losses = []
    for policy_chosen, policy_rejected, reference_chosen, reference_rejected in logps.T.tolist():
        chosen = math.exp(beta * (policy_chosen - reference_chosen))
        rejected = math.exp(beta * (policy_rejected - reference_rejected))
        losses.append(-math.log(chosen / (chosen + rejected)))
    return math.fsum(losses) / len(losses)


def test_log_probability(work: Any, seed: int) -> None:
    """an answer's log-probability, with the shift"""
    logits, labels = _answer(seed)
    close(work.sequence_logp(logits, labels), _logp(logits, labels), f"sequence_logp(logits [6, 5], {show(labels)})")


def test_masked_labels(work: Any, seed: int) -> None:
    """tokens that are not part of the answer do not count"""
    logits, labels = _answer(seed)
    labels[[0, 1, 4]] = IGNORE
    close(work.sequence_logp(logits, labels), _logp(logits, labels), f"sequence_logp(logits [6, 5], {show(labels)})")


def test_large_logits(work: Any, seed: int) -> None:
    """large logits do not overflow"""
    logits, labels = _answer(seed)
    got = work.sequence_logp(logits + 1000, labels)
    close(got, _logp(logits, labels), "sequence_logp after adding 1000 to every logit")


def test_start(work: Any, seed: int) -> None:
    """where policy and reference agree, the loss is log 2"""
    chosen, rejected, _, _ = _pairs(seed)
    for beta in (0.1, 1.0):
        got = work.dpo_loss(chosen, rejected, chosen, rejected, beta)
        close(got, math.log(2), f"dpo_loss where policy and reference agree, beta={beta},")


def test_loss(work: Any, seed: int) -> None:
    """the loss of random pairs"""
    for beta in (0.1, 0.5):
        logps = _pairs(seed)
        close(work.dpo_loss(*logps, beta), _loss(logps, beta), f"dpo_loss of {show(logps)}, beta={beta},")


def test_direction(work: Any, seed: int) -> None:
    """preferring the chosen answer more lowers the loss, preferring the rejected one raises it"""
    logps = _pairs(seed)
    loss = work.dpo_loss(*logps, 0.1)
    for row, name, wanted in ((0, "chosen", "lower"), (1, "rejected", "raise")):
        moved = logps.copy()
        moved[row] += 1
        after = work.dpo_loss(*moved, 0.1)
        right = after < loss if wanted == "lower" else after > loss
        expect(right, f"A likelier {name} answer should {wanted} the loss; it went from {loss:.4f} to {after:.4f}.")


def test_large_margins(work: Any, seed: int) -> None:
    """margins in the thousands stay finite"""
    zero, far = np.zeros(1), np.array([5000.0])
    for chosen, rejected, wanted in ((far, zero, 0.0), (zero, far, 5000.0)):
        got = work.dpo_loss(chosen, rejected, zero, zero, 1.0)
        expect(got is None or math.isfinite(got), f"With a margin of {show(chosen - rejected)} the loss is {got}.")
        close(got, wanted, f"dpo_loss with a margin of {show(chosen - rejected)} and beta=1")
