"""The gated MLP of Llama-like models."""

import numpy as np


def swiglu_mlp(hidden: np.ndarray, gate: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """down(SiLU(gate(hidden)) * up(hidden)), for each token alone (Shazeer, 2020).

    Args:
        hidden: [seq, hidden]
        gate: [intermediate, hidden]
        up: [intermediate, hidden]
        down: [hidden, intermediate]

    Returns:
        an array [seq, hidden].
    """
    raise NotImplementedError


def parameters(hidden: int, intermediate: int) -> int:
    """How many numbers the three matrices have together."""
    raise NotImplementedError
