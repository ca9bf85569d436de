"""Direct preference optimization."""

import numpy as np

IGNORE = -100


def sequence_logp(logits: np.ndarray, labels: np.ndarray) -> float:
    """The sum of the log-probabilities of the labels that are not IGNORE, in nats.

    Args:
        logits: [seq, vocabulary]; row t forecasts the token at t + 1
        labels: [seq], token ids or IGNORE
    """
    forecasts, wanted = logits[:-1], labels[1:]
    keep = wanted != IGNORE
    shifted = forecasts[keep] - forecasts[keep].max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(log_probabilities[np.arange(keep.sum()), wanted[keep]].sum())


def dpo_loss(
    policy_chosen: np.ndarray,
    policy_rejected: np.ndarray,
    reference_chosen: np.ndarray,
    reference_rejected: np.ndarray,
    beta: float,
) -> float:
    """The mean loss of the pairs; the four arrays are log-probabilities [pairs] (Rafailov et al., 2023, equation 7)."""
    margin = (policy_chosen - reference_chosen) - (policy_rejected - reference_rejected)
    return float(np.logaddexp(0, -beta * margin).mean())
