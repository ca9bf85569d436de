"""Spending a budget of trainable parameters on the matrices of a block, for lessons 1.3.1 and 2.3.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, MLP_TARGETS
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["afford", "spend"]

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
        `per_rank`: parameters of rank 1, which is what every further rank costs; `q_per_k`: the cost of `q_proj` by
        that of `k_proj`; `state`: bytes of gradients and AdamW's averages, in fp32; `adapted`: weights of the matrices
        that an adapter lies beside.
    """
    architecture = TIERS[tier].architecture
    chosen, total = TARGETS[targets], architecture.parameters().total
    matrices: list[dict[str, Any]] = [
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
    adapted = sum(matrix["frozen"] for matrix in matrices if matrix["name"] in chosen)
    each = {name: lora_parameters(architecture, rank, [name]) for name in LINEAR_TARGETS}
    return {
        "model": TIERS[tier].model,
        "rank": rank,
        "layers": architecture.layers,
        "matrices": matrices,
        "each": each,
        "q_per_k": each["q_proj"] / each["k_proj"],
        "heads": architecture.heads,
        "kv_heads": architecture.kv_heads,
        "trainable": trainable,
        "state": 12 * trainable,
        "percent": 100 * trainable / total,
        "adapted": adapted,
        "adapted_percent": 100 * adapted / total,
        "total": total,
        "per_rank": lora_parameters(architecture, 1, chosen),
        "source": f"r × (inputs + outputs) for each matrix of {TIERS[tier].model}",
    }


def afford(call: Call, tier: str, targets: str, budget: int) -> dict[str, Any]:
    """The highest `rank` of adapters on `targets` within `budget` trainable parameters, and what is `spent`."""
    architecture, chosen = TIERS[tier].architecture, TARGETS[targets]
    per_rank = lora_parameters(architecture, 1, chosen)
    rank = budget // per_rank
    return {
        "model": TIERS[tier].model, "targets": targets, "rank": rank, "budget": budget, "spent": rank * per_rank,
        "per_rank": per_rank, "source": f"r × (inputs + outputs) for each matrix of {TIERS[tier].model}",
    }  # fmt: skip
