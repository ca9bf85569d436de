"""How much of a rounding error a low-rank update could undo, for the fact check of lesson 2.3.2."""

from __future__ import annotations

from tutor.engine import spectrum
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message
from tutor.engine.rounding import rounded

__all__ = ["undone"]

MATRICES = ("self_attn.q_proj", "self_attn.v_proj", "mlp.gate_proj")


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
        error = weight - rounded(weight, "int4")
        kept = spectrum.kept(spectrum.squares(error))
        shares[name] = float(kept[min(rank, len(kept)) - 1])
    cases = [
        {"name": name, "value": f"at most {share:.1f} % of the error", "holds": share >= 50}
        for name, share in shares.items()
    ]
    return {"cases": cases, "most": max(shares.values()), "rank": rank, "source": loaded.source}
