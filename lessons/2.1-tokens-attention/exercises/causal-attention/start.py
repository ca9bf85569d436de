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
    raise NotImplementedError
