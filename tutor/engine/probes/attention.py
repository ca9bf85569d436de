"""What the heads of the loaded model attend to, for lesson 2.1. Layers and heads count from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from tutor.engine import attention
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["head"]

MOST_TOKENS = 128
"""Tokens of a map. Attention is causal, so the map of a text's beginning is the beginning of its map."""
MEAN = -1
"""Stands for the mean over all heads of a layer."""


@dataclass(frozen=True)
class Maps:
    """The latest text with the weights of every head, so that going from head to head runs the model once."""

    directory: Path
    ids: list[int]
    weights: Tensor
    stages: dict[attention.Head, attention.HeadStages]


_latest: Maps | None = None


def head(call: Call, loaded: Loaded, prompt: str, layer: int, head: int) -> Message:
    """The weights of one head, or (`head` -1) the mean over the heads of a layer, on a text.

    A layer or head that the model does not have is its last.

    Returns:
        `pieces`; lower triangles, a row a token: `weights`, and of one head the `dots` (q·k, not scaled), of the mean
        `low` and `high` over the heads; `row_sum_error`; `future`: the largest weight above the diagonal; `recomputed`:
        how far softmax(q·k/√head_dim + mask) of those dots is from the model's own weights; how many `layers`, `heads`,
        `kv_heads` and `head_dim` there are, the `layer` and `head` shown, and the heads that `share` its keys.
    """
    maps, shape = maps_of(loaded, prompt), loaded.architecture
    shown = shown_map(maps, loaded, layer, head)
    return {
        "pieces": loaded.pieces(maps.ids),
        "tokens": len(maps.ids),
        "layer": shown.layer,
        "head": shown.head,
        "layers": shape.layers,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "weights": _triangle(shown.weights),
        "row_sum_error": attention.row_sum_error(shown.weights),
        "future": attention.future_weight(shown.weights),
        **(_spread(maps.weights[shown.layer]) if shown.head == MEAN else _origin(maps, loaded, shown)),
        "source": loaded.source,
    }


@dataclass(frozen=True)
class Shown:
    """One map: the layer and head that there are, and their weights `[query, key]`."""

    ids: list[int]
    layer: int
    head: int
    weights: Tensor


def shown_map(maps: Maps, loaded: Loaded, layer: int, head: int) -> Shown:
    """The map of a head, or of the mean; a layer or head that the model does not have is its last."""
    layer, head = min(layer, loaded.architecture.layers - 1), min(head, loaded.architecture.heads - 1)
    weights = maps.weights[layer].mean(0) if head == MEAN else maps.weights[layer, head]
    return Shown(maps.ids, layer, head, weights)


def _spread(weights: Tensor) -> Message:
    return {"low": _triangle(weights.amin(0)), "high": _triangle(weights.amax(0))}


def _origin(maps: Maps, loaded: Loaded, shown: Shown) -> Message:
    stages, shape = maps.stages[shown.layer, shown.head], loaded.architecture
    groups = [attention.kv_head(head, shape.heads, shape.kv_heads) for head in range(shape.heads)]
    return {
        "dots": _triangle(stages.q @ stages.k.T),
        "recomputed": float((stages.weights - shown.weights).abs().max()),
        "share": [head for head, group in enumerate(groups) if group == groups[shown.head]],
    }


def maps_of(loaded: Loaded, prompt: str) -> Maps:
    """The maps of a text, computed anew only where text or model changed."""
    global _latest
    ids = token_ids(loaded, prompt)
    if _latest is None or (_latest.directory, _latest.ids) != (loaded.directory, ids):
        every = [
            (layer, head) for layer in range(loaded.architecture.layers) for head in range(loaded.architecture.heads)
        ]
        weights = attention.attention_weights(loaded.model, ids)
        _latest = Maps(loaded.directory, ids, weights, attention.head_stages(loaded.model, ids, every))
    return _latest


def token_ids(loaded: Loaded, prompt: str) -> list[int]:
    """The first tokens of a text.

    Raises:
        UsageError: it has none.
    """
    ids = [int(token) for token in loaded.tokenizer(prompt)["input_ids"]][:MOST_TOKENS]
    if not ids:
        raise UsageError("There is nothing to look at: the prompt has no tokens.", "Type some text.")
    return ids


def _triangle(matrix: Tensor) -> list[list[float]]:
    """The lower triangle, a row a token: what lies above it is no attention."""
    rows: Sequence[Sequence[float]] = matrix.tolist()
    return [[short(value) for value in row[: place + 1]] for place, row in enumerate(rows)]
