"""NF4: four bits a weight, in blocks."""

import numpy as np

LEVELS = np.array(
    [
        *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
        *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
        *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
        *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
    ]
)
"""The sixteen levels of NF4 (QLoRA, appendix E)."""


def quantize(weight: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the nearest levels, uint8 [n], and the largest absolute value of each block, float32 [n / block].

    Args:
        weight: [n], n a multiple of `block`
        block: how many weights share a scale
    """
    raise NotImplementedError


def dequantize(codes: np.ndarray, absmax: np.ndarray, block: int) -> np.ndarray:
    """The weights [n] that the codes stand for, float32."""
    raise NotImplementedError


def bits_per_weight(block: int) -> float:
    """Bits that are stored for one weight, its share of the 32-bit absmax included."""
    raise NotImplementedError
