"""A finished text through a model at once, by the clock: read in one pass, or trained on in one step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tutor.engine.lora import add_adapter, trainable


@torch.inference_mode()
def one_pass(model: Any, ids: list[int], batch: int, last: int) -> tuple[Tensor, float]:
    """Logits `[last, vocab]` at the last positions of a text, of which `batch` copies are read, and the seconds."""
    inputs, began = _rows(model, ids, batch), time.perf_counter()
    logits = model(inputs, use_cache=False, logits_to_keep=last).logits[0].float().cpu()
    return logits, time.perf_counter() - began


def training_step(model: Any, ids: list[int], batch: int) -> dict[str, float]:
    """Seconds of `forward`, `backward` and `update` of one step of LoRA (rank 8, queries and values) on a text.

    The adapter is taken off again: the model is as before.
    """
    inputs = _rows(model, ids, batch)
    with _adapted(model) as adapted:
        weights = list(trainable(adapted).values())
        optimizer = torch.optim.AdamW(weights, 1e-4)
        times = [time.perf_counter()]
        logits = adapted(inputs, use_cache=False).logits[:, :-1].float()
        loss = cross_entropy(logits.flatten(0, 1), inputs[:, 1:].flatten())
        loss.item()  # waits for a GPU, as do the others
        times.append(time.perf_counter())
        gradients = torch.autograd.grad(loss, weights)
        gradients[0].norm().item()
        times.append(time.perf_counter())
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        optimizer.step()
        weights[0].norm().item()
        times.append(time.perf_counter())
    return {name: times[n + 1] - times[n] for n, name in enumerate(("forward", "backward", "update"))}


@contextmanager
def _adapted(model: Any) -> Iterator[Any]:
    wanted = [parameter.requires_grad for parameter in model.parameters()]
    adapted = add_adapter(model, r=8, alpha=16, dropout=0.0, targets=("q_proj", "v_proj"), seed=0)
    try:
        yield adapted
    finally:
        adapted.unload()
        for parameter, before in zip(model.parameters(), wanted, strict=True):
            parameter.requires_grad_(before)


def _rows(model: Any, ids: list[int], batch: int) -> Tensor:
    return torch.tensor([ids] * batch, device=model.device)
