"""From logits to a token."""

import numpy as np


def distribution(logits: np.ndarray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> np.ndarray:
    """The probabilities [vocabulary] to draw the next token from.

    Args:
        logits: [vocabulary]
        temperature: 0 takes the largest logit for certain
        top_k: how many tokens stay; 0 keeps all
        top_p: the most likely tokens stay until they reach this probability; 1.0 keeps all
    """
    raise NotImplementedError


def pick(probabilities: np.ndarray, u: float) -> int:
    """The token id that `u`, a number from [0, 1), falls on."""
    raise NotImplementedError
