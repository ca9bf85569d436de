"""Which layers bear rounding: each layer rounded alone, its error and what it costs: lesson 3.1.1."""

from __future__ import annotations

from pathlib import Path

import torch

from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.probes.format_losses import text_ids
from tutor.engine.protocol import Call, Message
from tutor.engine.rounding import relative_error
from tutor.engine.rounding_origin import origin
from tutor.engine.variants import Matrix, Rounder, block_matrices, rounder, token_nats

__all__ = ["layers"]

WORST = 3
"""Weights of a matrix that are shown, those that moved furthest."""
MOST_TOKENS = 96
FORMATS = ("NF4", "Q4_K_M", "Q8_0")
_kept: dict[tuple[Path, tuple[int, ...], str], list[Message]] = {}


def layers(call: Call, loaded: Loaded, name: str = "NF4", text: str = "") -> Message:
    """Round one layer after the other, each alone, and take the loss on a text.

    Returns:
        `base` nats/token; `total` layers; `rows`, as they come: the `layer`, how much `more` its loss is than `base`,
        the `percent` of error of its weights, and its `matrices`: `name`, `percent`, `bits`, `kind`, and the `worst`
        weights `{row, column, before, after}`; `origin` as in `rounded_layer`.
    """
    ids = text_ids(loaded, text)[:MOST_TOKENS]
    base = sum(nats := token_nats(loaded, ids, {})) / len(nats)
    rows = _kept.setdefault((loaded.directory, tuple(ids), name), [])
    answer: Message = {
        "name": name, "base": base, "tokens": len(nats), "total": loaded.architecture.layers, "rows": rows,
        "origin": origin(loaded.directory), "source": f"{loaded.source}, rounded just now",
    }  # fmt: skip
    call.part(**answer)
    take = rounder(loaded, name)
    for layer in range(len(rows), loaded.architecture.layers):
        call.check()
        rows.append(_row(loaded, layer, take, ids, base))
        call.part(**answer)
    return answer


def _row(loaded: Loaded, layer: int, take: Rounder, ids: list[int], base: float) -> Message:
    found = {name: take(name) for name in block_matrices(loaded, layer)}
    nats = token_nats(loaded, ids, {name: matrix.weight for name, matrix in found.items()})
    before = {name: loaded.model.get_submodule(name).weight.detach().float() for name in found}
    whole = relative_error(
        torch.cat([weight.flatten() for weight in before.values()]),
        torch.cat([matrix.weight.flatten() for matrix in found.values()]),
    )
    return {
        "layer": layer, "more": sum(nats) / len(nats) - base, "percent": 100 * whole,
        "matrices": [_matrix(name.rpartition(".")[2], before[name], matrix) for name, matrix in found.items()],
    }  # fmt: skip


def _matrix(name: str, before: torch.Tensor, found: Matrix) -> Message:
    off = (before - found.weight).abs().flatten()
    places = [divmod(int(place), before.shape[1]) for place in off.topk(WORST).indices]
    return {
        "name": name, "percent": 100 * relative_error(before, found.weight), "bits": found.bits, "kind": found.kind,
        "worst": [
            {"row": row, "column": column, "before": short(float(before[row, column])),
             "after": short(float(found.weight[row, column]))}
            for row, column in places
        ],
    }  # fmt: skip
