"""Token after token with torch, with or without a cache of keys and values, and how long each takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache, GenerationConfig

Tensor = torch.Tensor

TOP = 5
"""Candidates kept at each step."""


@dataclass(frozen=True)
class Step:
    """One token and the choice it came from."""

    token: int
    seconds: float
    top: list[tuple[int, float]]
    """The likeliest tokens with their probabilities."""
    logits: Tensor
    """`[vocab]`, float32."""


@dataclass(frozen=True)
class Decoded:
    """A continuation. The first step reads the whole prompt."""

    steps: list[Step]
    cache_bytes: int
    """Keys and values held at the end; 0 without a cache."""

    @property
    def tokens(self) -> list[int]:
        """The tokens alone."""
        return [step.token for step in self.steps]

    @property
    def seconds_per_token(self) -> float:
        """Mean over all steps but the first, which reads the prompt either way."""
        later = self.steps[1:]
        return sum(step.seconds for step in later) / len(later)


def greedy(logits: Tensor) -> int:
    """The token with the highest logit, the first of equals."""
    return int(logits.argmax())


def decode(
    model: Any,
    ids: Sequence[int],
    count: int,
    *,
    cache: bool,
    choose: Callable[[Tensor], int] = greedy,
    from_zero: bool = False,
    check: Callable[[], None] = lambda: None,
) -> Decoded:
    """Continue `ids` by `count` tokens; an end-of-text token is a token like any other.

    Args:
        cache: send each token through the model once, instead of the whole text each time.
        choose: takes the logits `[vocab]` of the next token.
        from_zero: number the positions of each call from 0, as a program does that forgets what it has cached.
        check: called before each step; may raise to stop.
    """
    past = DynamicCache(config=model.config) if cache else None
    stream = continuation(model, ids, past, choose=choose, from_zero=from_zero)
    steps = []
    for _ in range(count):
        check()
        steps.append(next(stream))
    return Decoded(steps, cache_size(past) if past else 0)


@torch.inference_mode()
def continuation(
    model: Any,
    ids: Sequence[int],
    past: DynamicCache | None,
    *,
    choose: Callable[[Tensor], int] = greedy,
    from_zero: bool = False,
    batch: int = 1,
) -> Iterator[Step]:
    """One token after the other, without end.

    Args:
        past: the cache to fill; None sends the whole text through the model each time.
        batch: how many copies of the text go through it together; the first one is looked at.
    """
    text, unread = list(ids), list(ids)
    while True:
        began = time.perf_counter()
        first = 0 if from_zero else len(text) - len(unread)
        places = torch.arange(first, first + len(unread), device=model.device)[None]
        inputs = torch.tensor([unread] * batch, device=model.device)
        cached = past is not None
        output = model(inputs, position_ids=places, past_key_values=past, use_cache=cached, logits_to_keep=1)
        logits = output.logits[0, -1].float().cpu()
        token = choose(logits)
        seconds = time.perf_counter() - began
        best = logits.softmax(-1).topk(TOP)
        yield Step(token, seconds, list(zip(best.indices.tolist(), best.values.tolist(), strict=True)), logits)
        text.append(token)
        unread = [token] if cached else text


def cache_size(cache: Any) -> int:
    """Bytes of a `DynamicCache`: 2 (keys, values) · layers · kv_heads · head_dim · tokens · bytes an element."""
    tensors = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values) if tensor is not None]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@torch.inference_mode()
def generate(model: Any, ids: Sequence[int], count: int) -> list[int]:
    """What transformers' own `generate` continues with, greedily and without end."""
    inputs = torch.tensor([list(ids)], device=model.device)
    plain = GenerationConfig(
        do_sample=False, max_new_tokens=count, min_new_tokens=count, repetition_penalty=1.0, eos_token_id=None
    )
    plain.pad_token_id = 0  # nothing is padded; without it, generate warns
    output = model.generate(inputs, attention_mask=torch.ones_like(inputs), generation_config=plain)
    return [int(token) for token in output[0, len(ids) :]]
