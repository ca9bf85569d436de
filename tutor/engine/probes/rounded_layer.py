"""A matrix of the loaded model before and after rounding, and what one outlier does to its block: lesson 3.1.1."""

from __future__ import annotations

import torch
from torch import Tensor

from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.number_formats import LEVELS
from tutor.engine.protocol import Call, Message
from tutor.engine.rounding import BLOCK, GROUPS, bits_per_weight, relative_error, rounded
from tutor.engine.rounding_origin import origin

__all__ = ["look", "outlier"]

BINS = 61
SPAN = 3.5
"""Standard deviations on each side of 0 that the histograms cover."""


def look(
    call: Call, loaded: Loaded, name: str = "NF4", group: str = "block", layer: int = 10, matrix: str = "gate_proj"
) -> Message:
    """Round one matrix.

    Returns:
        `shape`, `layers`, `span` of the histogram; `before` and `after`: percent of all weights in each of its bins;
        `table`: of every group of `GROUPS` the `percent` of error, the `bits` a weight takes, and how many different
        values are `used`; `percent` of the chosen group; `origin`: how the model itself had been stored.
    """
    weight = matrix_of(loaded, layer, matrix)
    shape = (weight.shape[0], weight.shape[1])
    table = []
    for each in GROUPS:
        call.check()
        after = rounded(weight, name, each)
        table.append({
            "group": each, "percent": 100 * relative_error(weight, after), "bits": bits_per_weight(name, shape, each),
            "used": _different(after),
        })  # fmt: skip
    span, after = SPAN * float(weight.std()), rounded(weight, name, group)
    return {
        "name": name, "group": group, "layer": layer, "matrix": matrix, "layers": loaded.architecture.layers,
        "shape": list(shape), "span": span, "before": _histogram(weight, span), "after": _histogram(after, span),
        "table": table, "percent": table[GROUPS.index(group)]["percent"], "origin": origin(loaded.directory),
        "source": loaded.source,
    }  # fmt: skip


def outlier(call: Call, loaded: Loaded, name: str = "NF4", times: float = 1.0, layer: int = 10) -> Message:
    """Make the largest weight of a block `times` as large, round the block, and look at the 63 others.

    Returns:
        `weights` and `rounded` of the block, in order; `at`: the place of the outlier; `percent` of error of the
        others, `before` (with the outlier as it was) and now; how many of them became `zeros`.
    """
    block = matrix_of(loaded, layer, "gate_proj").flatten()[:BLOCK].clone()
    at = int(block.abs().argmax())
    others = torch.arange(len(block)) != at
    before = relative_error(block[others], rounded(block, name)[others])
    block[at] *= times
    after = rounded(block, name)
    return {
        "name": name, "times": times, "layer": layer, "layers": loaded.architecture.layers, "at": at,
        "weights": _plain(block), "rounded": _plain(after), "levels": len(LEVELS[name]),
        "before": 100 * before, "percent": 100 * relative_error(block[others], after[others]),
        "zeros": int((after[others] == 0).sum()), "used": _different(after[others]),
        "source": f"the first {BLOCK} weights of gate_proj, layer {layer}, {loaded.source}",
    }  # fmt: skip


def matrix_of(loaded: Loaded, layer: int, matrix: str) -> Tensor:
    """A float32 copy of a matrix `[outputs, inputs]`; the last layer where there are fewer."""
    block = loaded.model.model.layers[min(layer, loaded.architecture.layers - 1)]
    part = block.mlp if hasattr(block.mlp, matrix) else block.self_attn
    return part.get_submodule(matrix).weight.detach().to("cpu", torch.float32, copy=True)


def _histogram(values: Tensor, span: float) -> list[float]:
    counts = torch.histc(values, bins=BINS, min=-span, max=span)
    return [short(share) for share in (100 * counts / values.numel()).tolist()]


def _plain(values: Tensor) -> list[float]:
    return [short(value) for value in values.tolist()]


def _different(values: Tensor) -> int:
    """How many different numbers there are."""
    return len(torch.unique_consecutive(values.flatten().sort().values))
