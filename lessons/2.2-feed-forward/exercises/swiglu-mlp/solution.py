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
    gated = hidden @ gate.T
    silu = gated / (1 + np.exp(-gated))
    return (silu * (hidden @ up.T)) @ down.T


def parameters(hidden: int, intermediate: int) -> int:
    """How many numbers the three matrices have together."""
    return 3 * hidden * intermediate
