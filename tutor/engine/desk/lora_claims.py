"""Slogans about how little LoRA trains: `cases` of `{name, value, holds}` for the fact checks of lesson 1.1.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["one_matrix", "seven_million"]

SOURCE = "counted from the models' configurations"
Case = dict[str, Any]


def one_matrix(call: Call, rank: int = 16, full: int = 4096**2, low: int = 131_072) -> dict[str, Any]:
    """Does an adapter of `rank` turn `full` numbers into `low`? For a matrix 4096 wide, then as wide as each tier."""
    sizes = {"4096 wide": 4096} | {name: tier.architecture.hidden for name, tier in TIERS.items()}
    cases = []
    for name, d in sizes.items():
        factors = 2 * d * rank
        says = f"{d * d:,} → {factors:,}, {d * d / factors:.0f} times fewer"
        cases.append(_case(name, says, (d * d, factors) == (full, low)))
    return _answer(cases)


def seven_million(call: Call, tier: str = "medium", claimed: int = 7_000_000) -> dict[str, Any]:
    """Does an adapter on q, k, v and o of a 7B model have `claimed` parameters, rounded to a million?"""
    architecture = TIERS[tier].architecture
    total, per_rank = architecture.parameters().total, lora_parameters(architecture, 1)
    cases = [
        _case(f"rank {r}", f"{r * per_rank:,}, {100 * r * per_rank / total:.3f} %", round(r * per_rank, -6) == claimed)
        for r in (4, 8, 16, 32, 64)
    ]
    return _answer(cases) | {"total": total, "nearest_rank": round(claimed / per_rank)}


def _case(name: str, value: str, holds: bool) -> Case:
    return {"name": name, "value": value, "holds": holds}


def _answer(cases: list[Case]) -> dict[str, Any]:
    return {"cases": cases, "source": SOURCE}
