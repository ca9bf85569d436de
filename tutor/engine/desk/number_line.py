"""One weight on the number lines of six formats: lesson 3.1.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.number_formats import BITS, FLOATS, LEVELS, codes_between, count_between, nearest
from tutor.engine.protocol import Call

__all__ = ["decimal_claim", "look", "one"]

SOURCE = "the formats' definitions; NF4 from the quantiles of the normal distribution"
DRAWN = 300
"""More values than these fill any line."""


def look(call: Call, weight: float = 0.2385, most: float = 1.0, reach: float = 1.0) -> dict[str, Any]:
    """Where the values of each format lie, and which of them is nearest to a weight.

    Args:
        most: the largest absolute value of the weight's block; it is never less than the weight itself.
        reach: how much of the line is shown: 1 is from `-most` to `most`, 0.1 a tenth of that around the weight.

    Returns:
        `low` and `high` of what is shown; `formats`: `name`, `bits`, the `nearest` value, its `error`, how many values
        are `shown`, and these `values`, where they are few enough to be drawn.
    """
    most = max(most, abs(weight))
    middle = 0.0 if reach >= 1 else weight
    low, high = middle - reach * most, middle + reach * most
    return {
        "weight": weight, "most": most, "low": low, "high": high, "source": SOURCE,
        "formats": [_format(name, weight, most, low, high) for name in (*FLOATS, *LEVELS)],
    }  # fmt: skip


def _format(name: str, weight: float, most: float, low: float, high: float) -> dict[str, Any]:
    near, shown = nearest(name, weight, most), count_between(name, low, high, most)
    return {
        "name": name, "bits": BITS[name], "nearest": near, "error": near - weight, "shown": shown,
        "values": codes_between(name, low, high, most) if shown <= DRAWN else [],
    }  # fmt: skip


def one(call: Call, weight: float, most: float, name: str = "NF4") -> dict[str, Any]:
    """What a single format makes of a weight: the `nearest` value and the `error`.

    Returns also `by`: the errors' sizes of int4, FP4 and NF4.
    """
    near = nearest(name, weight, most)
    return {
        "weight": weight, "most": most, "nearest": near, "error": near - weight, "share": weight / most,
        "by": {each: abs(nearest(each, weight, most) - weight) for each in ("int4", "FP4", "NF4")},
        "source": SOURCE,
    }  # fmt: skip


def decimal_claim(call: Call, weight: float = 0.2385) -> dict[str, Any]:
    """Does a weight become exact in 16 bits, 0.24 in 8, and 0.2 in 4? In real formats, for several block maxima."""
    claims = {"fp16": weight, "bf16": weight, "int8": 0.24, "int4": 0.2, "NF4": 0.2}
    cases = []
    for name, claimed in claims.items():
        for most in (1.0,) if name in FLOATS else (1.0, 0.5, weight):
            near = nearest(name, weight, most)
            where = name if name in FLOATS else f"{name}, block maximum {most:g}"
            cases.append({"name": where, "value": f"{near:.9g}", "holds": abs(near - claimed) < 1e-9})
    return {"cases": cases, "source": SOURCE}
