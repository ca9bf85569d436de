"""What a model needs in memory, mode by mode, against this machine or a GPU of some size: lesson 1.1.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.memory import GPU, MODES, USABLE, Budget, budget, lora_parameters, plan_memory
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.text import human_bytes

__all__ = ["fitting", "per_parameter", "plans"]

HERE = "here"
HOW = {
    "inference": "only run",
    "lora": "trained with LoRA",
    "qlora": "trained with QLoRA",
    "full": "trained as a whole",
}
USUAL: dict[str, Any] = {"batch": 1, "seq": 512, "rank": 8, "checkpointing": True}
SOURCE = "the memory planner of tutor, from the model's configuration"


def plans(
    call: Call, tier: str, where: str = HERE, batch: int = 1, seq: int = 512, rank: int = 8, checkpointing: bool = True
) -> dict[str, Any]:
    """Peak memory of a tier in each mode.

    Args:
        where: `here`, or the size of a GPU in GB, such as `24`.

    Returns:
        `budget` `{size, place, dtype}`; `modes`: by name `{rows: [[component, bytes]], total, fits}`, where `fits` is
        `yes`, `barely` (closer than the planner's error) or `no`; `largest`: by mode the largest tier that fits.
    """
    have = _budget(where)
    settings = {"batch": batch, "seq": seq, "rank": rank, "checkpointing": checkpointing}
    modes = {mode: _mode(tier, mode, have, settings) for mode in MODES}
    return {
        "tier": tier,
        "model": TIERS[tier].model,
        "budget": {"size": have.size, "place": have.place.name, "dtype": have.dtype},
        "modes": modes,
        "largest": {mode: _largest(mode, have, settings) for mode in MODES},
        "source": SOURCE,
    }


def fitting(call: Call, mode: str = "qlora", where: str = HERE) -> dict[str, Any]:
    """Which tiers fit in one mode, with one sequence of 512 tokens at a time and checkpointing.

    Returns:
        `fits` and `needs` (in words) by tier; `largest`, or `none`; `size` of what there is and `how` in words.
    """
    have = _budget(where)
    found = {tier: _mode(tier, mode, have, USUAL) for tier in TIERS}
    return {
        "fits": {tier: plan["fits"] == "yes" for tier, plan in found.items()},
        "needs": {tier: human_bytes(plan["total"]) for tier, plan in found.items()},
        "largest": _largest(mode, have, USUAL),
        "size": human_bytes(have.size),
        "how": HOW[mode],
        "source": SOURCE,
    }


def per_parameter(call: Call, tier: str = "small") -> dict[str, Any]:
    """Bytes for each parameter of a model, of what a step keeps of it: weights, gradients and optimizer in 16 bits.

    Returns:
        `full`, `lora` and `inference` in bytes a parameter, and the same in GB as `full_gb` and so on.
    """
    architecture = TIERS[tier].architecture
    count = architecture.parameters().total
    answer: dict[str, Any] = {"total": count, "adapter": lora_parameters(architecture, 8)}
    for mode in ("inference", "lora", "full"):
        plan = plan_memory(architecture, mode, dtype="bfloat16")
        kept = plan.weights + plan.adapter + plan.gradients + plan.optimizer
        answer |= {mode: kept / count, f"{mode}_gb": kept / 1e9}
    return answer | {"source": SOURCE}


def _budget(where: str) -> Budget:
    """A card of 24 GB has 24 x 2^30 bytes."""
    return budget() if where == HERE else Budget(GPU, int(where) << 30, "bfloat16")


def _mode(tier: str, mode: Any, have: Budget, settings: dict[str, Any]) -> dict[str, Any]:
    plan = plan_memory(TIERS[tier].architecture, mode, dtype=have.dtype, place=have.place, **settings)
    fits = "yes" if plan.total <= USABLE * have.size else "barely" if plan.total <= have.size else "no"
    return {"rows": [list(row) for row in plan.rows()], "total": plan.total, "fits": fits}


def _largest(mode: Any, have: Budget, settings: dict[str, Any]) -> str:
    fitting = [tier for tier in TIERS if _mode(tier, mode, have, settings)["fits"] == "yes"]
    return fitting[-1] if fitting else "none"
