"""What few bits can say: the values of number formats, one by one.

Floating-point formats have their values everywhere; the others have a list between -1 and 1, which a scale stretches
over the weights that share it.
"""

from __future__ import annotations

import struct
from statistics import NormalDist

FLOATS = ("fp16", "bf16")
BITS = {"fp16": 16, "bf16": 16, "int8": 8, "int4": 4, "FP4": 4, "NF4": 4}


def normal_float() -> tuple[float, ...]:
    """The 16 values of NF4: quantiles of the normal distribution (QLoRA, arXiv:2305.14314, section 3).

    Eight steps above zero and seven below, so that 0 is among them. The outermost probability is the mean of
    1 - 1/30 and 1 - 1/32; all are divided by the largest.
    """
    quantile, edge = NormalDist().inv_cdf, (29 / 30 + 31 / 32) / 2
    above = [quantile(edge + (0.5 - edge) * step / 8) for step in range(8)]
    below = [-quantile(edge + (0.5 - edge) * step / 7) for step in range(7)]
    return tuple(sorted(value / above[0] for value in (*above, 0.0, *below)))


def small_float() -> tuple[float, ...]:
    """The 15 values of bitsandbytes' FP4: a sign, two bits of exponent, one of fraction; the largest is made 1.

    Zero has two codes, and the smallest is not half of the next one but 1/192.
    """
    above = [1 / 192, *(size / 12 for size in (2, 3, 4, 6, 8, 12))]
    return tuple(sorted((*above, 0.0, *(-size for size in above))))


LEVELS: dict[str, tuple[float, ...]] = {
    "int8": tuple(step / 127 for step in range(-127, 128)),
    "int4": tuple(step / 7 for step in range(-7, 8)),
    "FP4": small_float(),
    "NF4": normal_float(),
}
"""Values between -1 and 1 in rising order. Integer formats leave one code unused: each value has its negative."""


def nearest(name: str, value: float, most: float) -> float:
    """The value of a format that is nearest to `value`, where the weights that share the scale reach `most`."""
    if name in FLOATS:
        return code_value(name, float_code(name, value))
    return most * min(LEVELS[name], key=lambda level: abs(level * most - value))


def codes_between(name: str, low: float, high: float, most: float) -> list[float]:
    """Every value of a format from `low` to `high`, in rising order; `most` as in `nearest`."""
    if name not in FLOATS:
        return [level * most for level in LEVELS[name] if low <= level * most <= high]
    first, last = float_code(name, low), float_code(name, high)
    first += code_value(name, first) < low
    last -= code_value(name, last) > high
    return [code_value(name, code) for code in range(first, last + 1)]


def count_between(name: str, low: float, high: float, most: float) -> int:
    """How many values `codes_between` would give, without making them."""
    if name not in FLOATS:
        return len(codes_between(name, low, high, most))
    first, last = float_code(name, low), float_code(name, high)
    return last - (code_value(name, last) > high) - first - (code_value(name, first) < low) + 1


def float_code(name: str, value: float) -> int:
    """The place of the nearest 16-bit number, counted from 0 upwards and downwards: neighbours differ by 1."""
    if name == "fp16":
        (bits,) = struct.unpack("<H", struct.pack("<e", abs(value)))
    else:
        (long,) = struct.unpack("<I", struct.pack("<f", abs(value)))
        bits = (long + 0x7FFF + (long >> 16 & 1)) >> 16  # half way to the even one
    return -bits if value < 0 else bits


def code_value(name: str, code: int) -> float:
    """The 16-bit number at a place."""
    if name == "fp16":
        size = struct.unpack("<e", struct.pack("<H", abs(code)))[0]
    else:
        size = struct.unpack("<f", struct.pack("<I", abs(code) << 16))[0]
    return float(-size if code < 0 else size)
