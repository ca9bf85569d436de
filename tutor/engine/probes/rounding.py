"""How much of a rounding error a low-rank update could undo, for the fact check of lesson 2.3.2."""

from __future__ import annotations

import torch
from torch import Tensor

from tutor.engine import spectrum
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message

__all__ = ["undone"]

MATRICES = ("self_attn.q_proj", "self_attn.v_proj", "mlp.gate_proj")
BLOCK = 64
LEVELS = 7
"""Steps of a 4-bit number on each side of zero."""


def undone(call: Call, loaded: Loaded, layer: int = 10, rank: int = 8) -> Message:
    """Round matrices of a layer to 4 bits; how much of the error's energy the best update of `rank` removes.

    Returns:
        `cases`; a slogan that LoRA corrects rounding errors `holds` where it could remove half. `most` percent.
    """
    block = loaded.model.model.layers[min(layer, loaded.architecture.layers - 1)]
    shares = {}
    for name in MATRICES:
        call.check()
        weight = block.get_submodule(name).weight.detach().float()
        error = weight - rounded(weight)
        kept = spectrum.kept(spectrum.squares(error))
        shares[name] = float(kept[min(rank, len(kept)) - 1])
    cases = [
        {"name": name, "value": f"at most {share:.1f} % of the error", "holds": share >= 50}
        for name, share in shares.items()
    ]
    return {"cases": cases, "most": max(shares.values()), "rank": rank, "source": loaded.source}


def rounded(weight: Tensor) -> Tensor:
    """To 15 evenly spaced values in every `BLOCK` of weights, the largest of which stays exact."""
    blocks = weight.reshape(-1, BLOCK)
    scale = blocks.abs().amax(1, keepdim=True).clamp(min=torch.finfo(weight.dtype).tiny) / LEVELS
    return ((blocks / scale).round() * scale).view_as(weight)
