"""The hidden units of one layer's feed-forward block while it reads the learner's text. For lesson 2.2.1."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call

__all__ = ["units"]

MAX_TOKENS = 64
"""Tokens of a longer text that are read."""
STRONGEST = 24
"""Units that are shown one by one."""
WRITES = 5
"""Tokens that a unit makes likelier, and less likely, that are named."""
EDGES = (-8, -4, -2, -1, -0.5, -0.1, 0.1, 0.5, 1, 2, 4, 8)
"""Between the bars of the histogram."""


def units(call: Call, loaded: Loaded, prompt: str, layer: int) -> dict[str, Any]:
    """What SiLU(gate)·up is, for every token and unit of a layer; the last layer there is where `layer` is too large.

    Returns:
        `histogram`: counts between `edges`, in multiples of the token's own root mean square; `closed`: percent whose
        gate is negative before SiLU; `half`: percent of a token's units that hold half of its squared length, on
        average; `strongest`: of each unit its `values` by token, and the tokens that it writes `for` and `against`.
    """
    layer = min(layer, loaded.architecture.layers - 1)
    ids = [int(token) for token in loaded.tokenizer(prompt)["input_ids"]][:MAX_TOKENS]
    gate, hidden = _watch(loaded.model, ids, layer)
    scaled = hidden / hidden.square().mean(1, keepdim=True).sqrt()
    counts = torch.bucketize(scaled, torch.tensor(EDGES)).flatten().bincount(minlength=len(EDGES) + 1)
    return {
        "pieces": loaded.pieces(ids),
        "layer": layer,
        "layers": loaded.architecture.layers,
        "units": hidden.shape[1],
        "edges": list(EDGES),
        "histogram": counts.tolist(),
        "closed": short(100 * (gate < 0).float().mean().item()),
        "half": short(_half(hidden)),
        "strongest": _strongest(loaded, hidden, layer),
        "source": loaded.source,
    }


@torch.inference_mode()
def _watch(model: Any, ids: list[int], layer: int) -> tuple[Tensor, Tensor]:
    """Gate before SiLU, and what goes into the last matrix: both `[seq, units]`, float32."""
    mlp = model.model.layers[layer].mlp
    seen: dict[str, Tensor] = {}
    with ExitStack() as stack:
        stack.callback(mlp.gate_proj.register_forward_hook(lambda _m, _i, out: seen.update(gate=out)).remove)
        stack.callback(mlp.down_proj.register_forward_pre_hook(lambda _m, given: seen.update(hidden=given[0])).remove)
        model(torch.tensor([ids], device=model.device), use_cache=False, logits_to_keep=1)
    return seen["gate"][0].float().cpu(), seen["hidden"][0].float().cpu()


def _half(hidden: Tensor) -> float:
    """The percentage of a token's units that make up half of its squared length, the strongest first."""
    squares = hidden.square().sort(dim=1, descending=True).values
    reached = squares.cumsum(1) < squares.sum(1, keepdim=True) / 2
    return 100 * (reached.sum(1) + 1).float().mean().item() / hidden.shape[1]


@torch.inference_mode()
def _strongest(loaded: Loaded, hidden: Tensor, layer: int) -> list[dict[str, Any]]:
    """The units with the largest values, and what each writes where its value has the sign of its largest one."""
    # The first token is an attention sink with values far beyond all others, whatever the text.
    later = hidden[1:] if len(hidden) > 1 else hidden
    largest = later.abs().max(0)
    numbers = largest.values.topk(min(STRONGEST, hidden.shape[1])).indices
    peaks = later[largest.indices[numbers], numbers]
    down = loaded.model.model.layers[layer].mlp.down_proj.weight  # [hidden, units]
    written = down[:, numbers.to(down.device)].T * peaks.sign().to(down)[:, None]
    # Every vector is scaled to one size before the LM head, which changes no order; only the norm's weights count.
    scores = loaded.model.lm_head(written * loaded.model.model.norm.weight).float().cpu()
    return [
        {
            "unit": number,
            "values": [short(value) for value in hidden[:, number].tolist()],
            "for": loaded.pieces(row.topk(WRITES).indices.tolist()),
            "against": loaded.pieces((-row).topk(WRITES).indices.tolist()),
        }
        for number, row in zip(numbers.tolist(), scores, strict=True)
    ]
