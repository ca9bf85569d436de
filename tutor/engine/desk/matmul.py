"""Which matrix products are legal, on numbers small enough to check by hand and on the shapes of real models: 1.1.2."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["product", "puzzle"]

Shape = tuple[int, int]


def product(call: Call, rows: int, inner: int, other: int, columns: int) -> dict[str, Any]:
    """`[rows, inner] @ [other, columns]`, with whole numbers from -3 to 3.

    Returns:
        `left` and `right`; `result`, and the `flops` it took; where the shapes do not fit, `error` as PyTorch says it.
    """
    chance = torch.Generator().manual_seed(21)
    left, right = (torch.randint(-3, 4, (6, 6), generator=chance) for _ in range(2))
    left, right = left[:rows, :inner].contiguous(), right[:other, :columns].contiguous()
    answer = {"left": left.tolist(), "right": right.tolist(), "source": f"PyTorch {torch.__version__}"}
    try:
        result = left @ right
    except RuntimeError as error:
        return answer | {"error": str(error), "result": None, "flops": 0}
    return answer | {"error": "", "result": result.tolist(), "flops": 2 * rows * inner * columns}


def puzzle(call: Call, tier: str, tokens: int, step: str = "gate") -> dict[str, Any]:
    """Four products of activations of `tokens` tokens with matrices of a tier, of which one is legal.

    Args:
        step: `gate`, from the hidden size to the MLP's width, or `down`, back again.

    Returns:
        `options` of `{text, legal}`; `result`, the shape of the legal one, and its `megaflops`; sizes and `model`.
    """
    architecture = TIERS[tier].architecture
    hidden, wide = architecture.hidden, architecture.intermediate
    inner, outer = (hidden, wide) if step == "gate" else (wide, hidden)
    pairs: list[tuple[Shape, Shape]] = [
        ((tokens, inner), (inner, outer)),
        ((tokens, inner), (outer, inner)),
        ((tokens, outer), (inner, outer)),
        ((inner, tokens), (inner, outer)),
    ]
    options = [{"text": _text(left, right), "legal": is_legal(left, right)} for left, right in pairs]
    return {
        "model": TIERS[tier].model,
        "tokens": tokens,
        "hidden": hidden,
        "wide": wide,
        "options": options,
        "inner": inner,
        "result": f"[{tokens}, {outer}]",
        "megaflops": 2 * tokens * hidden * wide / 1e6,
        "source": f"PyTorch {torch.__version__}, on tensors without memory",
    }


def is_legal(left: Shape, right: Shape) -> bool:
    """Whether PyTorch multiplies them; on the meta device, which knows shapes and holds no numbers."""
    try:
        torch.empty(left, device="meta") @ torch.empty(right, device="meta")
    except RuntimeError:
        return False
    return True


def _text(left: Shape, right: Shape) -> str:
    return f"[{left[0]}, {left[1]}] @ [{right[0]}, {right[1]}]"
