"""One step of gradient descent."""

import numpy as np


def loss(weight: np.ndarray, bias: float, inputs: np.ndarray, targets: np.ndarray) -> float:
    """Mean squared error of `inputs @ weight + bias`."""
    error = inputs @ weight + bias - targets
    return float(np.mean(error**2))


def gradient(weight: np.ndarray, bias: float, inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, float]:
    """The derivatives of `loss` with respect to weight and bias.

    Args:
        weight: [features]
        bias: a number
        inputs: [rows, features]
        targets: [rows]

    Returns:
        an array [features] and a number.
    """
    raise NotImplementedError


def step(
    weight: np.ndarray, bias: float, inputs: np.ndarray, targets: np.ndarray, rate: float
) -> tuple[np.ndarray, float]:
    """Weight [features] and bias after one step downhill with learning rate `rate`."""
    raise NotImplementedError
