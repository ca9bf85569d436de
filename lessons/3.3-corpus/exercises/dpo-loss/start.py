"""Direct preference optimization."""

import numpy as np

IGNORE = -100


def sequence_logp(logits: np.ndarray, labels: np.ndarray) -> float:
    """The sum of the log-probabilities of the labels that are not IGNORE, in nats.

    Args:
        logits: [seq, vocabulary]; row t forecasts the token at t + 1
        labels: [seq], token ids or IGNORE
    """
    raise NotImplementedError


def dpo_loss(
    policy_chosen: np.ndarray,
    policy_rejected: np.ndarray,
    reference_chosen: np.ndarray,
    reference_rejected: np.ndarray,
    beta: float,
) -> float:
    """The mean loss of the pairs; the four arrays are log-probabilities [pairs] (Rafailov et al., 2023, equation 7)."""
    raise NotImplementedError
