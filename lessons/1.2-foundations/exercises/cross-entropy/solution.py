"""The loss of a language model."""

import numpy as np

IGNORE = -100


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Mean of -log(probability of the target), in nats per token, over the positions whose target is not IGNORE.

    Args:
        logits: [positions, vocabulary]
        targets: [positions], token ids or IGNORE

    Raises:
        ValueError: every target is IGNORE.
    """
    keep = targets != IGNORE
    if not keep.any():
        raise ValueError("no position has a target")
    rows, wanted = logits[keep], targets[keep]
    shifted = rows - rows.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_total - shifted[np.arange(len(wanted)), wanted]))
