"""A training step on a text against writing that text, on the loaded model, for lesson 1.2.3."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from transformers import DynamicCache

from tutor.engine.bandwidth import decode_bytes, read_bandwidth
from tutor.engine.decoding import Step, continuation
from tutor.engine.loaded import Loaded
from tutor.engine.passes import one_pass, training_step
from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned, quicker

__all__ = ["timeline"]

LONGEST_PROMPT = 32
"""Tokens of the learner's text that are taken: passes without a cache become slow with more."""
REPORT = 0.25
"""Seconds between two parts of an answer."""
WAYS = {"kept": ("cached",), "dropped": ("uncached",), "both": ("cached", "uncached")}


def timeline(
    call: Call, loaded: Loaded, prompt: str, tokens: int = 16, cache: str = "kept", batch: int = 1
) -> dict[str, Any]:
    """Generate `tokens` tokens after `prompt` step by step, then read and train on the finished text at once.

    Args:
        cache: `kept`, `dropped` or `both`: whether keys and values of earlier tokens are kept.
        batch: how many copies of the text are computed together.

    Returns:
        `ways`: per way of generating (`cached`, `uncached`) `prefill` and `steps` in seconds and `per_second`, tokens
        of all copies; `read` and `training` `{forward, backward, update}` in seconds; `times`: how many times as long
        as reading it at once it took to write it; `difference`: the largest between the logits of the steps and those
        of the one pass; `bytes` that one step reads, the `bandwidth` measured here, and the `ceiling` in tokens per
        second. What is not measured yet is None.
    """
    ids = loaded.tokenizer(prompt, add_special_tokens=False)["input_ids"][:LONGEST_PROMPT] or [0]
    answer: dict[str, Any] = {
        "prompt_tokens": len(ids), "tokens": tokens, "batch": batch, "ways": {}, "text": "",
        "read": None, "times": None, "training": None, "difference": None, "bytes": None, "bandwidth": None,
        "ceiling": None, "source": loaded.source,
    }  # fmt: skip
    threads = _quicker(loaded)
    answer["source"] += f", {threads} thread{'s' if threads > 1 else ''}"
    with pinned(threads):
        for way in WAYS[cache]:
            past = DynamicCache(config=loaded.model.config) if way == "cached" else None
            steps = _generate(call, answer, way, continuation(loaded.model, ids, past, batch=batch))
        written = [step.token for step in steps]
        answer["text"] = loaded.tokenizer.decode(ids + written)
        # The last token that was written has not been read yet: there is nothing to compare its pass with.
        logits, answer["read"] = one_pass(loaded.model, ids + written[:-1], batch, tokens + 1)
        answer["times"] = sum(step.seconds for step in steps) / answer["read"]
        stepwise = torch.stack([step.logits for step in steps])
        answer["difference"] = (logits - stepwise).abs().max().item()
        call.part(**answer)
        answer |= _ceiling(loaded, len(ids) + tokens, threads, batch)
        call.check()
        answer["training"] = training_step(loaded.model, ids + written, batch)
    return answer


def _quicker(loaded: Loaded) -> int:
    """How many threads the MLP of a block is quickest with, on a few vectors."""
    mlp, vectors = loaded.model.model.layers[0].mlp, torch.ones(1, 8, loaded.architecture.hidden)
    vectors = vectors.to(loaded.model.device, loaded.model.dtype)
    with torch.inference_mode():
        return quicker(lambda: mlp(vectors))


def _generate(call: Call, answer: dict[str, Any], way: str, passes: Iterator[Step]) -> list[Step]:
    """The first pass reads the prompt; the others write one token each."""
    steps: list[Step] = []
    reported = 0.0
    for step in islice(passes, answer["tokens"] + 1):
        call.check()
        steps.append(step)
        seconds = [step.seconds for step in steps]
        done = answer["batch"] * (len(seconds) - 1)
        answer["ways"][way] = {
            "prefill": seconds[0],
            "steps": seconds[1:],
            "per_second": done / sum(seconds[1:]) if done else None,
        }
        if time.monotonic() - reported > REPORT:
            call.part(**answer)
            reported = time.monotonic()
    return steps


def _ceiling(loaded: Loaded, context: int, threads: int, batch: int) -> dict[str, float]:
    """Tokens per second if nothing but reading memory took time; a batch reads the weights once for all its rows."""
    dtype = loaded.about["dtype"]
    weights = decode_bytes(loaded.architecture, dtype)
    per_step = weights + batch * (decode_bytes(loaded.architecture, dtype, context) - weights)
    bandwidth = read_bandwidth(threads, loaded.model.device)
    return {"bytes": per_step, "bandwidth": bandwidth, "ceiling": batch * bandwidth / per_step}
