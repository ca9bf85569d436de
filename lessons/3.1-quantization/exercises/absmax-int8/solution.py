"""Absmax quantization to 8 bits, row by row."""

import numpy as np


def quantize(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest codes, int8 [rows, columns], and the scales, float32 [rows]; weight ≈ codes * scale.

    Args:
        weight: [rows, columns]
    """
    scale = (np.abs(weight).max(axis=1) / 127).astype(np.float32)
    divisor = np.where(scale == 0, 1, scale)
    return np.rint(weight / divisor[:, None]).astype(np.int8), scale


def dequantize(codes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The weights [rows, columns] that the codes stand for, float32.

    Args:
        codes: int8 [rows, columns]
        scale: float32 [rows]
    """
    return codes * scale[:, None].astype(np.float32)
