"""How undecided a model is at every temperature, for lesson 1.3.2."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.sampling import entropy, scale, softmax
from tutor.engine.trace import MAX_TOKENS
from tutor.errors import UsageError

__all__ = ["curve"]

TEMPERATURES = [round(0.1 * step, 1) for step in range(31)]


def curve(call: Call, loaded: Loaded, prompt: str) -> dict[str, Any]:
    """Of the token after `prompt`, with no filter.

    Returns:
        `points` `{temperature, entropy, choices, likeliest}`: in nats, as that many equally likely tokens (e to the
        power of it), and in percent; `most`: the entropy if all tokens were equally likely, ln V.

    Raises:
        UsageError: the prompt has no tokens, or too many.
    """
    ids = loaded.tokenizer(prompt)["input_ids"]
    if not 0 < len(ids) <= MAX_TOKENS:
        raise UsageError(f"The prompt has {len(ids):,} tokens.", f"Take one with 1 to {MAX_TOKENS}.")
    with torch.inference_mode():
        output = loaded.model(torch.tensor([ids], device=loaded.model.device), use_cache=False, logits_to_keep=1)
    logits = output.logits[0, -1].double().cpu().numpy()
    call.check()
    return {
        "prompt": prompt,
        "points": [_point(logits, temperature) for temperature in TEMPERATURES],
        "most": math.log(logits.size),
        "source": f"one pass of {loaded.source}",
    }


def _point(logits: np.ndarray[Any, np.dtype[np.float64]], temperature: float) -> dict[str, float]:
    probabilities = softmax(scale(logits, temperature))
    found = entropy(probabilities)
    return {
        "temperature": temperature,
        "entropy": found,
        "choices": math.exp(found),
        "likeliest": 100 * float(probabilities.max()),
    }
