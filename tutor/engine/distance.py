"""How far training moved a model, matrix by matrix."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.architecture import LINEAR_TARGETS
from tutor.engine.lora import ADAPTER, lora_layers

Moved = dict[str, Any]


@torch.no_grad()
def moved(base: Any, tuned: Any) -> Moved:
    """Compare a tuned model, with a LoRA adapter or without, with its base.

    Returns:
        `changes`: of each linear matrix of a block ‖ΔW‖ / ‖W‖ (Frobenius) in every layer; `numbers`: how many weights
        are not what they were, of `all`; `distance`: ‖Δθ‖ / ‖θ‖ over the whole model.
    """
    adapters = lora_layers(tuned)
    after = {} if adapters else dict(tuned.named_parameters())
    changes: dict[str, list[float]] = {name: [] for name in LINEAR_TARGETS}
    numbers, total, far = 0, 0.0, 0.0
    for name, weight in base.named_parameters():
        layer = name.removesuffix(".weight")
        delta = _of_adapter(adapters.get(layer)) if adapters else after[name] - weight
        squared, whole = (0.0 if delta is None else float(delta.norm()) ** 2), float(weight.norm()) ** 2
        numbers += 0 if delta is None else int(delta.count_nonzero())
        total, far = total + whole, far + squared
        matrix = layer.rpartition(".")[2]
        if matrix in changes and name.endswith(".weight"):
            changes[matrix].append((squared / whole) ** 0.5)
    size = sum(weight.numel() for weight in base.parameters())
    return {"changes": changes, "numbers": numbers, "all": size, "distance": (far / total) ** 0.5}


def _of_adapter(layer: Any) -> Tensor | None:
    """(α/r) B A of an adapted layer."""
    if layer is None:
        return None
    delta: Tensor = layer.scaling[ADAPTER] * (layer.lora_B[ADAPTER].weight @ layer.lora_A[ADAPTER].weight)
    return delta
