"""An adapter before its first step: what it changes, and whether it can learn. For lesson 2.3.1."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.desk.lora_budget import TARGETS
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.lora import ADAPTER, add_adapter, lora_layers, trainable
from tutor.engine.minitrain import twin
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message

__all__ = ["look"]

RANDOM, ZERO, BOTH = "A random, B = 0", "A = 0, B = 0", "A random, B random"
SEED = 7
SPREAD = 0.02
"""Standard deviation of a random B."""


def look(
    call: Call, loaded: Loaded, prompt: str, start: str = RANDOM, rank: int = 8, targets: str = "attention"
) -> Message:
    """Put a new adapter on the model, and compare it with the model on a prompt.

    Args:
        start: `RANDOM`, as LoRA does it; `ZERO` or `BOTH`.

    Returns:
        `difference`: max |Δlogit| over all positions; `same`: whether it is exactly 0, as `verdict` in words; `base`
        and `adapted`: the likeliest next token of each `{piece, p}`; `gradients` of the prompt's loss: the norms of `a`
        and `b`, None for a prompt of one token; `trainable` parameters.
    """
    ids = token_ids(loaded, prompt)
    model = add_adapter(
        twin(loaded.model), r=rank, alpha=2 * rank, dropout=0.0, targets=TARGETS[targets], seed=SEED
    ).eval()
    _begin(model, start)
    call.check()
    tokens = torch.tensor([ids], device=loaded.model.device)
    with torch.no_grad():
        base = loaded.model(tokens, use_cache=False).logits[0]
    call.check()
    with torch.enable_grad():
        adapted = model(tokens, use_cache=False).logits[0]
        gradients = _gradients(model, adapted, tokens[0])
    difference = float((adapted.detach() - base).abs().max())
    return {
        "start": start,
        "tokens": len(ids),
        "difference": short(difference),
        "same": difference == 0,
        "verdict": "Not at all" if difference == 0 else "By more than 0",
        "base": _likeliest(loaded, base),
        "adapted": _likeliest(loaded, adapted.detach()),
        "gradients": gradients,
        "trainable": sum(parameter.numel() for parameter in trainable(model).values()),
        "source": loaded.source,
    }


@torch.no_grad()
def _begin(model: Any, start: str) -> None:
    """PEFT begins with `RANDOM`; make it another start."""
    torch.manual_seed(SEED)
    for layer in lora_layers(model).values():
        if start == ZERO:
            layer.lora_A[ADAPTER].weight.zero_()
        if start == BOTH:
            layer.lora_B[ADAPTER].weight.normal_(std=SPREAD)


def _gradients(model: Any, logits: Tensor, ids: Tensor) -> Message | None:
    if len(ids) < 2:
        return None
    weights = trainable(model)
    loss = functional.cross_entropy(logits[:-1].float(), ids[1:])
    found = dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True))
    norms = {part: [g.norm() for name, g in found.items() if f"lora_{part}." in name] for part in "AB"}
    return {part.lower(): short(float(torch.stack(norms[part]).norm())) for part in "AB"}


def _likeliest(loaded: Loaded, logits: Tensor) -> Message:
    p, token = logits[-1].float().softmax(-1).max(-1)
    return {"piece": loaded.pieces([int(token)])[0], "p": short(float(p))}
