"""Spending a budget of trainable parameters on the matrices of a block, for lesson 1.3.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, MLP_TARGETS
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["spend"]

TARGETS = {
    "q and v": ("q_proj", "v_proj"),
    "attention": ATTENTION_TARGETS,
    "MLP": MLP_TARGETS,
    "all seven": LINEAR_TARGETS,
}


def spend(call: Call, tier: str, targets: str = "attention", rank: int = 8) -> dict[str, Any]:
    """What adapters of `rank` on `targets` cost, matrix by matrix, over all layers.

    Returns:
        `matrices`: `{name, inputs, outputs, frozen, trainable}`; `trainable` together and as `percent` of `total`;
        `per_rank`: parameters of rank 1, which is what every further rank costs.
    """
    architecture = TIERS[tier].architecture
    chosen, total = TARGETS[targets], architecture.parameters().total
    matrices = [
        {
            "name": name,
            "inputs": inputs,
            "outputs": outputs,
            "frozen": architecture.layers * inputs * outputs,
            "trainable": lora_parameters(architecture, rank, [name]) if name in chosen else 0,
        }
        for name, (inputs, outputs) in architecture.linear_shapes().items()
    ]
    trainable = lora_parameters(architecture, rank, chosen)
    return {
        "model": TIERS[tier].model,
        "rank": rank,
        "layers": architecture.layers,
        "matrices": matrices,
        "each": {name: lora_parameters(architecture, rank, [name]) for name in LINEAR_TARGETS},
        "trainable": trainable,
        "percent": 100 * trainable / total,
        "total": total,
        "per_rank": lora_parameters(architecture, 1, chosen),
        "source": f"r × (inputs + outputs) for each matrix of {TIERS[tier].model}",
    }
