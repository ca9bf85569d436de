"""Rounding a weight matrix to the values of a small format, with one scale for the tensor, each row, or each block."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from tutor.engine.number_formats import BITS, FLOATS, LEVELS

BLOCK = 64
"""Weights that share a scale, as in bitsandbytes."""
GROUPS = ("tensor", "row", "block")
"""What can share a scale."""
SCALE_BITS = 32


def rounded(weight: Tensor, name: str, group: str = "block") -> Tensor:
    """`weight` `[outputs, inputs]` with every number replaced by the nearest that the format `name` has.

    The largest of a group stays what it is. Blocks run along the rows, and over their ends.

    Args:
        group: one of `GROUPS`; it makes no difference for 16-bit numbers.
    """
    if name in FLOATS:
        return weight.to(torch.float16 if name == "fp16" else torch.bfloat16).to(weight.dtype)
    groups = grouped(weight.float(), group)
    scale = groups.abs().amax(1, keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
    near = _nearest_levels(groups / scale, name) * scale
    return near.flatten()[: weight.numel()].view_as(weight).to(weight.dtype)


def grouped(weight: Tensor, group: str) -> Tensor:
    """The weights that share a scale, a row each; a last block is filled up with zeros."""
    if group != "block":
        return weight.reshape(1 if group == "tensor" else len(weight), -1)
    flat = weight.reshape(-1)
    return pad(flat, (0, -len(flat) % BLOCK)).view(-1, BLOCK)


def bits_per_weight(name: str, shape: tuple[int, int], group: str = "block") -> float:
    """What a weight of a matrix takes with its share of the scales, which are 32-bit numbers."""
    if name in FLOATS:
        return float(BITS[name])
    rows, columns = shape
    sharing = {"tensor": rows * columns, "row": columns, "block": BLOCK}[group]
    return BITS[name] + SCALE_BITS / sharing


def relative_error(weight: Tensor, other: Tensor) -> float:
    """Frobenius norm of the difference by that of `weight`."""
    return float((weight.float() - other.float()).norm() / weight.float().norm())


def _nearest_levels(values: Tensor, name: str) -> Tensor:
    levels = torch.tensor(LEVELS[name], device=values.device)
    if name.startswith("int"):  # evenly spaced
        most = len(levels) // 2
        return (values * most).round() / most
    return levels[torch.bucketize(values, (levels[1:] + levels[:-1]) / 2)]
