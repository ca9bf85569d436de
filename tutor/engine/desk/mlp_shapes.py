"""Feed-forward blocks counted: two matrices or three, for every size of the course. For lesson 2.2.1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tutor.engine.architecture import Architecture
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["count", "gpt2", "shares"]

CLASSIC_RATIO = 4
SOURCE = "counted from the published shapes"
GPT2 = {"name": "GPT-2 small", "hidden": 768, "intermediate": 3072, "layers": 12, "vocab": 50257, "context": 1024}
"""Radford et al. 2019; its numbers are those of the `config.json` on the Hugging Face Hub."""


def count(call: Call, tier: str = "nano", ratio: float = 0, gated: bool = True) -> dict[str, Any]:
    """The block of a tier beside a classic one, and what changing it would cost.

    Args:
        ratio: of the wide size to the hidden one; 0 takes the tier's own.
        gated: three matrices (gate, up, down) rather than two.

    Returns:
        `own`, `classic` (4 times as wide, two matrices) and `chosen`, each with its widths and its parameters; `tiers`:
        the same of every tier as published.
    """
    architecture = TIERS[tier].architecture
    wide = round(ratio * architecture.hidden) if ratio else architecture.intermediate
    return {
        "model": TIERS[tier].model,
        "own": _block(architecture, architecture.intermediate, gated=True),
        "classic": _block(architecture, CLASSIC_RATIO * architecture.hidden, gated=False),
        "chosen": _block(architecture, wide, gated=gated),
        "tiers": [
            {"tier": name} | _block(one.architecture, one.architecture.intermediate, gated=True)
            for name, one in TIERS.items()
        ],
        "source": SOURCE,
    }


def _block(architecture: Architecture, wide: int, *, gated: bool) -> dict[str, Any]:
    """Widths and parameters of a block, and its share of all layers and of the whole model, in percent."""
    counted = replace(architecture, intermediate=wide).parameters()
    matrices = 3 if gated else 2
    # The architecture counts the three matrices of a gated block.
    mlp = counted.mlp * matrices // 3
    layers = architecture.layers
    return {
        "hidden": architecture.hidden,
        "wide": wide,
        "ratio": wide / architecture.hidden,
        "matrices": matrices,
        "layers": layers,
        "layer": mlp // layers,
        "total": mlp,
        "of_body": 100 * mlp / (counted.body - counted.mlp + mlp),
        "of_model": 100 * mlp / (counted.total - counted.mlp + mlp),
    }


def gpt2(call: Call) -> dict[str, Any]:
    """What a block of each model is: GPT-2's is two matrices four times as wide, with GELU.

    Returns:
        `cases`: the slogan `expand four times, GELU, compress` of each model.
    """
    d, wide = GPT2["hidden"], GPT2["intermediate"]
    cases = [{"name": str(GPT2["name"]), "value": f"{d} → {wide} → {d}, GELU, two matrices", "holds": True}]
    for name, tier in TIERS.items():
        own = tier.architecture
        widths = f"{own.hidden} → {own.intermediate} → {own.hidden}"
        cases.append({"name": name, "value": f"{widths}, SiLU, three matrices", "holds": False})
    return {"cases": cases, "source": SOURCE}


def shares(call: Call) -> dict[str, Any]:
    """Which share of the layers' parameters sits in the feed-forward block, in percent; two thirds is the slogan.

    Returns:
        `cases`; `least`, `most`: of the tiers' layers; `models`: the shares of their whole models.
    """
    blocks = {name: _block(tier.architecture, tier.architecture.intermediate, gated=True)
              for name, tier in TIERS.items()}  # fmt: skip
    found = {str(GPT2["name"]): _gpt2_share()} | {name: block["of_body"] for name, block in blocks.items()}
    return {
        "cases": [
            {"name": name, "value": f"{share:.1f} %", "holds": abs(share - 200 / 3) < 1}
            for name, share in found.items()
        ],
        "least": min(block["of_body"] for block in blocks.values()),
        "most": max(block["of_body"] for block in blocks.values()),
        "models": ", ".join(f"{name} {block['of_model']:.0f}" for name, block in blocks.items()),
        "source": SOURCE,
    }


def _gpt2_share() -> float:
    """Of GPT-2's layers, biases and norms included: 8d² + 5d out of 12d² + 13d."""
    d = int(str(GPT2["hidden"]))
    attention, mlp, norms = 4 * d * d + 4 * d, 8 * d * d + 5 * d, 4 * d
    return 100 * mlp / (attention + mlp + norms)
