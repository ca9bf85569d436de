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
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scores = logits / temperature
    if top_k:
        scores[np.argsort(-scores, kind="stable")[top_k:]] = -np.inf
    probabilities = np.exp(scores - scores.max())
    probabilities /= probabilities.sum()
    if top_p < 1:
        order = np.argsort(-probabilities, kind="stable")
        before = np.cumsum(probabilities[order]) - probabilities[order]
        probabilities[order[before >= top_p]] = 0
    return probabilities / probabilities.sum()


def pick(probabilities: np.ndarray, u: float) -> int:
    """The token id that `u`, a number from [0, 1), falls on."""
    token = int(np.searchsorted(np.cumsum(probabilities), u, side="right"))
    return min(token, int(np.flatnonzero(probabilities)[-1]))
