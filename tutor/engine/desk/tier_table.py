"""The parameters of all five sizes side by side, and four slogans held against them, for lesson 1.3.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tutor.engine.architecture import ParameterCount
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["body_shares", "embedding_shares", "feed_forward_shares", "part", "parts", "tied_heads"]

SOURCE = "counted from the published config.json of each size"


def parts(call: Call) -> dict[str, Any]:
    """Counts by part, and shares of the whole in percent; `block` is the MLP's share of the body."""
    return {"tiers": [_row(name) for name in TIERS], "source": SOURCE}


def part(call: Call, tier: str) -> dict[str, Any]:
    """One row of `parts`."""
    return _row(tier) | {"source": SOURCE}


def body_shares(call: Call) -> dict[str, Any]:
    """Does the body have 80 %, to the nearest 5?"""
    return _judged(lambda row: row["shares"]["body"], lambda share: 77.5 <= share < 82.5)


def embedding_shares(call: Call) -> dict[str, Any]:
    """Does the embedding have 15 %, to the nearest whole?"""
    return _judged(lambda row: row["shares"]["embedding"], lambda share: round(share) == 15)


def tied_heads(call: Call) -> dict[str, Any]:
    """Has the LM head no parameters of its own?"""
    return _judged(lambda row: row["shares"]["head"], lambda share: share == 0)


def feed_forward_shares(call: Call) -> dict[str, Any]:
    """Is the MLP two thirds of the body? The last case is the block of GPT-2: MLP 8 d², attention 4 d²."""
    found = _judged(lambda row: row["block"], lambda share: round(share) == 67)
    found["cases"].append({"name": "gpt2", "value": f"{100 * 8 / 12:.2f} %", "holds": True})
    return found


def _row(name: str) -> dict[str, Any]:
    tier = TIERS[name]
    count = tier.architecture.parameters()
    numbers = asdict(count) | {"body": count.body}
    return {
        "name": name,
        "model": tier.model,
        "total": count.total,
        "counts": numbers,
        "shares": {part: 100 * number / count.total for part, number in numbers.items()},
        "block": _block_share(count),
        "tied": tier.architecture.tied,
    }


def _block_share(count: ParameterCount) -> float:
    return 100 * count.mlp / count.body


def _judged(value: Callable[[dict[str, Any]], float], holds: Callable[[float], bool]) -> dict[str, Any]:
    values = {name: value(_row(name)) for name in TIERS}
    cases = [{"name": name, "value": f"{number:.2f} %", "holds": holds(number)} for name, number in values.items()]
    return {"cases": cases, "by": values, "source": SOURCE}
