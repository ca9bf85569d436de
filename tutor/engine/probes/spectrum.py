"""How much of a weight matrix a low-rank copy keeps, and how much of an update: lesson 1.1.1."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine import spectrum
from tutor.engine.architecture import ATTENTION_TARGETS
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message

__all__ = ["energy"]

MAX_TOKENS = 256


def energy(call: Call, loaded: Loaded, layer: int, matrix: str, prompt: str = "") -> Message:
    """The energy that an approximation keeps, against its rank, for three matrices of one shape.

    The weight itself; noise; and, with a `prompt` of two tokens or more, the gradient of its loss: the direction in
    which full fine-tuning on this prompt would change the weight.

    Returns:
        `shape` `[out, in]`, `full` rank, and `series` of `{name, **spectrum.curve}`. `tenth` has what a tenth of the
        full rank keeps of the weight. Streams the answer series by series.
    """
    weight = _weight(loaded, layer, matrix)
    squares = spectrum.squares(weight)
    tenth = max(1, min(weight.shape) // 10)
    answer: Message = {
        "model": loaded.about["name"],
        "layer": min(layer, loaded.architecture.layers - 1),
        "shape": list(weight.shape),
        "full": min(weight.shape),
        "series": [{"name": "weight", **spectrum.curve(squares)}],
        "tenth": {"rank": tenth, "percent": spectrum.kept(squares)[tenth - 1].item()},
        "source": f"{loaded.source}, singular values in fp64",
    }
    call.part(**answer)
    call.check()
    noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
    answer["series"].append({"name": "noise", **spectrum.curve(spectrum.squares(noise))})
    call.part(**answer)
    call.check()
    ids = loaded.tokenizer(prompt)["input_ids"][:MAX_TOKENS]
    if len(ids) > 1:
        found = spectrum.squares(_gradient(loaded.model, weight, ids))
        answer["series"].append({"name": "gradient", **spectrum.curve(found)})
    return answer | {"tokens": len(ids)}


def _weight(loaded: Loaded, layer: int, matrix: str) -> Tensor:
    block = loaded.model.model.layers[min(layer, loaded.architecture.layers - 1)]
    part = block.self_attn if matrix in ATTENTION_TARGETS else block.mlp
    weight: Tensor = getattr(part, matrix).weight
    return weight


def _gradient(model: Any, weight: Tensor, ids: list[int]) -> Tensor:
    """Of the mean cross-entropy of every token after the first."""
    tokens = torch.tensor([ids], device=weight.device)
    with torch.enable_grad():
        logits = model(tokens, use_cache=False).logits[0, :-1].float()
        loss = functional.cross_entropy(logits, tokens[0, 1:])
        (gradient,) = torch.autograd.grad(loss, weight)
    return gradient
