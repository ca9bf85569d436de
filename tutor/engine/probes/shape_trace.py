"""The tensor at every stage of a real forward pass, with its bytes and its arithmetic: lesson 1.1.2."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tutor.engine.attention import eager
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["stages"]

MAX_TOKENS = 256
"""With the logits of all positions, as in training, more would need hundreds of megabytes."""


@dataclass(frozen=True)
class Seen:
    """What a stage handed on."""

    name: str
    shape: list[int]
    bytes: int
    flops: int
    """2 for each multiply-and-add of the matrix product that made it; what is added or normalised is not counted."""


def stages(call: Call, loaded: Loaded, prompt: str, times: int = 1) -> Message:
    """Send a prompt through the model, and the prompt `times` over, and record every stage of the first layer.

    Returns:
        `stages` of `{name, shape, bytes, flops, bytes_grew, flops_grew}` for the longer text, where `grew` compares
        with the prompt alone; `tokens` of both as `[prompt, longer]`; `layers`; `total_flops` of the whole pass; the
        `busiest` of queries, scores and gate.
    """
    ids = [int(token) for token in loaded.tokenizer(prompt)["input_ids"]]
    if not ids:
        raise UsageError("There is nothing to trace: the prompt has no tokens.", "Type some text.")
    ids = ids[:MAX_TOKENS]
    longer = (ids * times)[:MAX_TOKENS]
    base = record(loaded.model, ids)
    call.check()
    grown = record(loaded.model, longer) if times > 1 else base
    layers = loaded.architecture.layers
    return {
        "tokens": [len(ids), len(longer)],
        "layers": layers,
        "stages": [_grown(now, before) for now, before in zip(grown, base, strict=True)],
        "total_flops": total_flops(grown, layers),
        "busiest": max(("q", "scores", "gate"), key=lambda name: next(s.flops for s in grown if s.name == name)),
        "source": f"{loaded.source}, shapes taken by hooks",
    }


def total_flops(seen: list[Seen], layers: int) -> int:
    """Of the whole pass: the first layer's stages once for each layer, the LM head once."""
    outside = sum(stage.flops for stage in seen if stage.name == "logits")
    return layers * (sum(stage.flops for stage in seen) - outside) + outside


@torch.inference_mode()
def record(model: Any, ids: list[int]) -> list[Seen]:
    """Every stage of one pass, with attention written out, so that the scores exist as a tensor."""
    inputs = torch.tensor([ids], device=model.device)
    seen = [_seen("ids", inputs[0], 0)]
    with eager(model), ExitStack() as stack:

        def after(module: nn.Module, see: Callable[[Any], None]) -> None:
            stack.callback(module.register_forward_hook(lambda _m, _i, output: see(output)).remove)

        def linear(module: nn.Linear, name: str) -> None:
            after(module, lambda output: seen.append(_linear(name, module, output[0])))

        layer = model.model.layers[0]
        attention, mlp = layer.self_attn, layer.mlp
        after(model.get_input_embeddings(), lambda output: seen.append(_seen("embed", output[0], 0)))
        for name in ("q", "k", "v"):
            linear(getattr(attention, f"{name}_proj"), name)
        after(attention, lambda output: seen.extend(_scores(output[1][0], attention.head_dim)))
        linear(attention.o_proj, "o")
        for name in ("gate", "up", "down"):
            linear(getattr(mlp, f"{name}_proj"), name)
        linear(model.get_output_embeddings(), "logits")
        model(inputs, use_cache=False)
    # `o` is computed inside the attention, so its hook is called before that of the attention.
    order = ("ids", "embed", "q", "k", "v", "scores", "mix", "o", "gate", "up", "down", "logits")
    return sorted(seen, key=lambda stage: order.index(stage.name))


def _scores(weights: Tensor, head_dim: int) -> list[Seen]:
    """From weights `[heads, query, key]`: the scores, and the mix of values `[query, heads x head_dim]` they make."""
    heads, tokens, _ = weights.shape
    flops = 2 * weights.numel() * head_dim
    mixed = tokens * heads * head_dim * weights.element_size()
    return [_seen("scores", weights, flops), Seen("mix", [tokens, heads * head_dim], mixed, flops)]


def _linear(name: str, module: nn.Linear, output: Tensor) -> Seen:
    return _seen(name, output, 2 * output.numel() * module.in_features)


def _seen(name: str, tensor: Tensor, flops: int) -> Seen:
    return Seen(name, list(tensor.shape), tensor.numel() * tensor.element_size(), flops)


def _grown(now: Seen, before: Seen) -> dict[str, Any]:
    grew = {"bytes_grew": now.bytes / before.bytes, "flops_grew": now.flops / before.flops if before.flops else None}
    return {"name": now.name, "shape": now.shape, "bytes": now.bytes, "flops": now.flops} | grew
