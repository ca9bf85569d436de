"""How many numbers the two thin matrices of a low-rank update have, and how strong it is: lessons 1.1.1 and 2.3.3."""

from __future__ import annotations

from typing import Any

from tutor.engine.lora_scale import alpha_of, scale_of
from tutor.engine.protocol import Call

__all__ = ["factors", "strength"]

RANKS = (1, 4, 8, 16, 32, 64, 128)


def factors(call: Call, d: int, rank: int) -> dict[str, Any]:
    """A matrix of d x d against B `[d, rank]` and A `[rank, d]`.

    Returns:
        `full` and `low` numbers, `times` fewer, `percent`, `break_even` (the rank from which nothing is saved), and
        `rows` of `{rank, low, percent}` for usual ranks.
    """
    full = d * d
    rows = [{"rank": r, "low": 2 * d * r, "percent": 100 * 2 * d * r / full} for r in RANKS]
    low = 2 * d * rank
    return {
        "d": d,
        "rank": rank,
        "full": full,
        "low": low,
        "times": full / low,
        "percent": 100 * low / full,
        "break_even": d / 2,
        "rows": rows,
        "source": "r (in + out) against in x out",
    }


def strength(call: Call, rule: str, rank: int) -> dict[str, Any]:
    """The `scale` alpha / r that B A is multiplied by, and the `alpha` that gives it, under a rule for both."""
    return {"rule": rule, "rank": rank, "scale": scale_of(rule, rank), "alpha": alpha_of(rule, rank), "source": "α / r"}
