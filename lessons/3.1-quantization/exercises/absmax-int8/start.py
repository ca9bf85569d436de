"""Absmax quantization to 8 bits, row by row."""

import numpy as np


def quantize(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest codes, int8 [rows, columns], and the scales, float32 [rows]; weight ≈ codes * scale.

    Args:
        weight: [rows, columns]
    """
    raise NotImplementedError


def dequantize(codes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The weights [rows, columns] that the codes stand for, float32.

    Args:
        codes: int8 [rows, columns]
        scale: float32 [rows]
    """
    raise NotImplementedError
