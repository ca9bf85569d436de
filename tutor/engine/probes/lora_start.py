"""An adapter before its first step: what it changes, and whether it can learn. For lesson 2.3.1."""

from __future__ import annotations

import torch
from torch import Tensor

from tutor.engine.desk.lora_budget import TARGETS
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.memory import lora_parameters
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message

__all__ = ["look"]


def look(
    call: Call, loaded: Loaded, prompt: str, start: str = "A random, B = 0", rank: int = 8, targets: str = "attention"
) -> Message:
    """Put a new adapter on the model, and compare it with the model on a prompt.

    Args:
        start: one of `new_adapter.RANDOM`, as LoRA does it, `ZERO` or `BOTH`.

    Returns:
        `difference`: max |Δlogit| over all positions; `same`: whether it is exactly 0, as `verdict` in words; `base`
        and `adapted`: the likeliest next token of each `{piece, p}`; `gradients` of the prompt's loss: the norms of `a`
        and `b`, None for a prompt of one token; `trainable` parameters. Streams what is known of the base, with
        `difference` None.
    """
    ids = token_ids(loaded, prompt)
    tokens = torch.tensor([ids], device=loaded.model.device)
    with torch.no_grad():
        base = loaded.model(tokens, use_cache=False).logits[0]
    answer: Message = {
        "start": start, "tokens": len(ids), "difference": None, "base": _likeliest(loaded, base),
        "trainable": lora_parameters(loaded.architecture, rank, TARGETS[targets]), "source": loaded.source,
    }  # fmt: skip
    call.part(**answer)
    call.check()
    # PEFT takes seconds to import: there should be something to see by then.
    from tutor.engine.new_adapter import first_pass

    adapted, gradients = first_pass(loaded.model, ids, start, rank, targets)
    difference = float((adapted - base).abs().max())
    return answer | {
        "difference": short(difference),
        "same": difference == 0,
        "verdict": "Not at all" if difference == 0 else "By more than 0",
        "adapted": _likeliest(loaded, adapted),
        "gradients": gradients,
    }


def _likeliest(loaded: Loaded, logits: Tensor) -> Message:
    p, token = logits[-1].float().softmax(-1).max(-1)
    return {"piece": loaded.pieces([int(token)])[0], "p": short(float(p))}
