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
    raise NotImplementedError
