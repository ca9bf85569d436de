"""One model, five pictures of it: everything that lesson 1.1.1 shows, for the tier that is chosen."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from tutor.engine.desk import memory, rank, tier_table
from tutor.engine.protocol import Call
from tutor.engine.resolve import resolve
from tutor.engine.safetensors_file import read_header, weight_files
from tutor.engine.tiers import TIERS
from tutor.errors import TutorError

__all__ = ["linked"]

RATES = [0.02, 0.2, 0.9]
START = -2.2


def linked(call: Call, tier: str, r: int = 8, where: str = memory.HERE) -> dict[str, Any]:
    """The parameters, memory, low-rank update, descent and spectrum of a tier, streamed in this order.

    Returns:
        `parts`, `memory`, `rank` and `descent` as the methods of their modules answer; `spectrum`
        `{matrix, full, **curve}` of a query matrix out of the middle of the tier, read from the model store; where
        it is not there, `spectrum` has the reason as `absent`.
    """
    architecture = TIERS[tier].architecture
    answer: dict[str, Any] = {
        "parts": tier_table.part(call, tier),
        "memory": memory.plans(call, tier, where, rank=r),
        "rank": rank.factors(call, architecture.hidden, r),
        "source": "the models' configurations, and what is in the model store",
    }
    call.part(**answer)
    # Torch takes its time to be imported; the panels above need none of it.
    from tutor.engine.desk import descent

    answer["descent"] = descent.path(call, START, RATES)
    call.part(**answer)
    return answer | {"spectrum": _spectrum(tier, architecture.layers // 2)}


def _spectrum(tier: str, layer: int) -> dict[str, Any]:
    matrix = f"model.layers.{layer}.self_attn.q_proj.weight"
    try:
        directory = resolve(tier).directory
    except TutorError as error:
        return {"absent": error.what}
    if directory is None:
        return {"absent": f"{tier} is here as a GGUF file only."}
    return {"matrix": f"q_proj of layer {layer}", **_curve(directory, matrix)}


@lru_cache(maxsize=8)
def _curve(directory: Path, name: str) -> dict[str, Any]:
    from safetensors import safe_open

    from tutor.engine.spectrum import curve, squares

    file = next(file for file in weight_files(directory) if name in read_header(file))
    with safe_open(file, framework="pt") as tensors:
        weight = tensors.get_tensor(name)
    return {"full": min(weight.shape), **curve(squares(weight))}
