"""Scaled dot-product attention."""

import numpy as np


def causal_attention(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Attention in which no token sees those after it (Vaswani et al., 2017, section 3.2.1).

    Args:
        queries: [heads, seq, head_dim]
        keys: [heads, seq, head_dim]
        values: [heads, seq, head_dim]

    Returns:
        the output [heads, seq, head_dim] and the weights [heads, seq, seq].
    """
    _, seq, head_dim = queries.shape
    scores = queries @ keys.swapaxes(-1, -2) / np.sqrt(head_dim)
    future = np.triu(np.ones((seq, seq), dtype=bool), k=1)
    scores = np.where(future, -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ values, weights
