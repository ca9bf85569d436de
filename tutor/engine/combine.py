"""Several adapters or models as one, matrix by matrix.

Adapters are combined as in PEFT's `add_weighted_adapter`: `linear`, `ties` (Yadav et al., arXiv:2306.01708), `dare_*`
(Yu et al., arXiv:2311.03099) and `magnitude_prune` work on A and B apart, each scaled by the square root of its weight,
so their product holds cross terms as well; `cat` is the exact sum of all changes, `svd` the nearest matrix of one rank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from peft.utils.merge_utils import dare_linear, dare_ties, magnitude_prune, task_arithmetic, ties
from torch import Tensor

from tutor.engine.adapter_file import Factors
from tutor.errors import UsageError

ADAPTER_STRATEGIES = ("lora", "linear", "cat", "svd", "ties", "dare_linear", "dare_ties", "magnitude_prune")
MODEL_STRATEGIES = ("average", "slerp")

SPARSE: dict[str, Callable[[list[Tensor], Tensor, float], Tensor]] = {
    "ties": ties,
    "dare_linear": dare_linear,
    "dare_ties": dare_ties,
    "magnitude_prune": magnitude_prune,
}
"""Those that keep only a share of the numbers, the density."""

PARALLEL = 1e-6
"""Below this sine two directions are one, and the way along the arc is the straight one."""


def change_of(factors: Sequence[Factors], weights: Sequence[float], strategy: str, density: float) -> Tensor:
    """What the adapters add to one layer together, `[out, in]` in float32."""
    if strategy in ("lora", "cat", "svd"):
        pairs = zip(factors, weights, strict=True)
        total = torch.stack([weight * each.scaling * (each.b @ each.a) for each, weight in pairs]).sum(0)
        return nearest_of_rank(total, max(len(each.a) for each in factors)) if strategy == "svd" else total
    if len({each.a.shape for each in factors}) > 1:
        raise UsageError(f"{strategy} needs adapters of one rank.", "Choose --strategy cat or svd.")
    scales = [weight * each.scaling for each, weight in zip(factors, weights, strict=True)]
    roots = torch.tensor([math.sqrt(abs(scale)) for scale in scales])
    signs = torch.tensor([math.copysign(1, scale) for scale in scales])

    def together(matrices: list[Tensor], scaled: Tensor) -> Tensor:
        if strategy in SPARSE:
            return SPARSE[strategy](matrices, scaled, density)
        return task_arithmetic(matrices, scaled)

    a = together([each.a for each in factors], roots * signs)
    return together([each.b for each in factors], roots) @ a


def nearest_of_rank(matrix: Tensor, rank: int) -> Tensor:
    """The matrix of `rank` with the least Frobenius distance (Eckart and Young 1936)."""
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ vh[:rank]


def added(
    weight: Tensor, factors: Sequence[Factors], weights: Sequence[float], strategy: str, density: float
) -> Tensor:
    """One layer's weight `[out, in]`, in float32, with what the adapters add.

    Raises:
        UsageError: an adapter of DoRA's kind is to be combined with others, or weakened.
    """
    total = weight + change_of(factors, weights, strategy, density)
    magnitude = factors[0].magnitude
    if magnitude is None:
        return total
    if len(factors) > 1 or weights[0] != 1:
        raise UsageError("A DoRA adapter sets the length of every row, so it can only be merged alone, at weight 1.")
    return total * (magnitude / total.norm(dim=1))[:, None]


def average(tensors: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """The weighted mean, in float32; the weights are shares of their sum."""
    total = sum(weights)
    return torch.stack(
        [tensor.float() * (weight / total) for tensor, weight in zip(tensors, weights, strict=True)]
    ).sum(0)


def slerp(tensors: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """From the first of two tensors to the second along the arc between their directions (Shoemake 1985).

    The length goes from the one's to the other's in a straight line.
    """
    ours, theirs = (tensor.double() for tensor in tensors)
    t, lengths = weights[1] / sum(weights), (float(ours.norm()), float(theirs.norm()))
    if not all(lengths):
        return average(tensors, weights)
    ours, theirs = ours / lengths[0], theirs / lengths[1]
    angle = math.acos(max(-1.0, min(1.0, float((ours * theirs).sum()))))
    if math.sin(angle) < PARALLEL:
        return average(tensors, weights)
    direction = (math.sin((1 - t) * angle) * ours + math.sin(t * angle) * theirs) / math.sin(angle)
    return (direction * ((1 - t) * lengths[0] + t * lengths[1])).float()
