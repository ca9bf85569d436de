"""An adapter before its first step: what it adds, and what gradient it would get."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.desk.lora_budget import TARGETS
from tutor.engine.forward import short
from tutor.engine.lora import ADAPTER, add_adapter, lora_layers, trainable
from tutor.engine.minitrain import twin
from tutor.engine.protocol import Message

RANDOM, ZERO, BOTH = "A random, B = 0", "A = 0, B = 0", "A random, B random"
SEED = 7
SPREAD = 0.02
"""Standard deviation of a random B."""


@torch.enable_grad()
def first_pass(base: Any, ids: list[int], start: str, rank: int, targets: str) -> tuple[Tensor, Message | None]:
    """The logits `[seq, vocab]` of `base` with a new adapter that begins with `start`.

    Beside them the norms of the gradients of `a` and `b`, of the mean loss on `ids`; None for a single token.
    """
    model = add_adapter(twin(base), r=rank, alpha=2 * rank, dropout=0.0, targets=TARGETS[targets], seed=SEED).eval()
    _begin(model, start)
    tokens = torch.tensor([ids], device=base.device)
    logits = model(tokens, use_cache=False).logits[0]
    return logits.detach(), _gradients(model, logits, tokens[0])


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
