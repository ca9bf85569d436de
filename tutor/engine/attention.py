"""What the attention heads of a model do: their weights, their habits, and what the model loses without one.

Weights are `[layers, heads, query, key]` in float32: row `query` says how much each position `key` gives to it. Models
are of the Llama and Qwen families, with or without a PEFT adapter. Layers and heads count from 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

Head = tuple[int, int]
"""Layer and head."""


@contextmanager
def eager(model: Any) -> Iterator[None]:
    """Attention written out for as long as the block lasts: fused kernels never hold the weights they use."""
    causal = without_peft(model)
    before = causal.config._attn_implementation
    causal.set_attn_implementation("eager")
    try:
        yield
    finally:
        causal.set_attn_implementation(before)


@torch.inference_mode()
def attention_weights(model: Any, ids: Sequence[int]) -> Tensor:
    """The weights `[layers, heads, query, key]` of one text, as the model itself computes and uses them."""
    with eager(model):
        inputs = torch.tensor([list(ids)], device=model.device)
        output = model(input_ids=inputs, use_cache=False, output_attentions=True, logits_to_keep=1)
    return torch.stack([layer[0] for layer in output.attentions]).float().cpu()


def row_sum_error(weights: Tensor) -> float:
    """The largest |Σ row - 1|. Softmax makes every row sum to 1; float32 leaves some 1e-7."""
    return float((weights.double().sum(-1) - 1).abs().max())


def future_weight(weights: Tensor) -> float:
    """The largest weight that a position gives to a later one; exactly 0 behind a causal mask."""
    return float(weights.triu(1).abs().max())


def previous_token(weights: Tensor) -> Tensor:
    """Mean weight on the token just before: `[layers, heads]`."""
    return weights.diagonal(-1, dim1=-2, dim2=-1).mean(-1)


def first_token(weights: Tensor) -> Tensor:
    """Mean weight on the first token, by all others: `[layers, heads]`.

    Heads with nothing to say park there (the attention sink, Xiao et al. 2023, arXiv:2309.17453).
    """
    return weights[..., 1:, 0].mean(-1)


def entropy(weights: Tensor) -> Tensor:
    """Mean entropy of a row in nats: `[layers, heads]`; 0 looks at one token, ln n at n tokens evenly."""
    return torch.special.entr(weights).sum(-1).mean(-1)


def repeated_sequence(tokens: Sequence[int], length: int, seed: int, first: int | None = None) -> list[int]:
    """`length` different random ones of `tokens`, twice in a row, after `first` where there is one.

    Nothing but copying predicts the second half.
    """
    half = random.Random(seed).sample(list(tokens), length)
    return ([] if first is None else [first]) + half + half


def induction(weights: Tensor, length: int) -> Tensor:
    """Mean weight, in the second half of a `repeated_sequence`, on what came after the token's first copy.

    `[layers, heads]`. A head with a high score continues patterns (Olsson et al. 2022, arXiv:2209.11895).
    """
    # Row i looks at i - length + 1. Only the second half has an earlier copy to look behind.
    return weights.diagonal(1 - length, dim1=-2, dim2=-1)[..., -length:].mean(-1)


def kv_head(head: int, heads: int, kv_heads: int) -> int:
    """The key/value head that a query head shares with its neighbours (grouped-query attention, arXiv:2305.13245)."""
    return head // (heads // kv_heads)


@contextmanager
def without_heads(model: Any, heads: Iterable[Head]) -> Iterator[None]:
    """Silence heads: their output `[batch, seq, head_dim]` is 0 before the output projection mixes it in."""
    with ExitStack() as stack:
        for layer, head in heads:
            attention = layers_of(model)[layer].self_attn
            handle = attention.o_proj.register_forward_pre_hook(_silence(head, attention.head_dim))
            stack.callback(handle.remove)
        yield


def _silence(head: int, width: int) -> Callable[[Any, tuple[Tensor, ...]], tuple[Tensor]]:
    def hook(_module: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        outputs = inputs[0].clone()
        outputs[..., head * width : (head + 1) * width] = 0
        return (outputs,)

    return hook


@torch.inference_mode()
def token_losses(model: Any, ids: Sequence[int]) -> Tensor:
    """How surprised the model is by every token but the first: `[seq - 1]`, nats."""
    inputs = torch.tensor([list(ids)], device=model.device)
    logits = model(input_ids=inputs, use_cache=False).logits[0, :-1].float()
    return functional.cross_entropy(logits, inputs[0, 1:], reduction="none").cpu()


@dataclass(frozen=True)
class HeadStages:
    """One head's way from vectors to weights, in float32: softmax(q kᵀ / √head_dim + mask) v."""

    q: Tensor
    """Queries after the rotation by position (RoPE): `[seq, head_dim]`."""
    k: Tensor
    """Keys of its key/value head, rotated too: `[seq, head_dim]`."""
    v: Tensor
    """Values of its key/value head: `[seq, head_dim]`."""

    @property
    def scores(self) -> Tensor:
        """Scaled dot products: `[query, key]`."""
        return self.q @ self.k.T / math.sqrt(self.q.shape[-1])

    @property
    def masked(self) -> Tensor:
        """The same with -inf wherever a position would see a later one."""
        future = torch.ones_like(self.scores, dtype=torch.bool).triu(1)
        return self.scores.masked_fill(future, -math.inf)

    @property
    def weights(self) -> Tensor:
        """Each row through softmax: `[query, key]`."""
        return self.masked.softmax(-1)

    @property
    def output(self) -> Tensor:
        """What the head hands to the output projection: `[seq, head_dim]`."""
        return self.weights @ self.v


@torch.inference_mode()
def head_stages(model: Any, ids: Sequence[int], heads: Iterable[Head]) -> dict[Head, HeadStages]:
    """The stages of some heads, computed from what their projections put out, apart from the model's own attention.

    Whether `weights` of both agree is a test of the model's attention: mask, scale, rotation and grouping.
    """
    causal = without_peft(model)
    wanted = list(heads)
    seen: dict[tuple[int, str], Tensor] = {}
    with ExitStack() as stack:
        for layer in {layer for layer, _ in wanted}:
            for name, module in _projections(layers_of(model)[layer].self_attn).items():
                stack.callback(module.register_forward_hook(_keep(seen, (layer, name))).remove)
        model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False, logits_to_keep=1)
    places = torch.arange(len(ids), device=model.device)[None]
    cos, sin = causal.model.rotary_emb(torch.empty(0, device=model.device), places)  # float32, as its input
    return {(layer, head): _stages(causal.config, seen, layer, head, (cos, sin)) for layer, head in wanted}


def _projections(attention: Any) -> dict[str, Any]:
    """The modules whose outputs are queries, keys and values: Qwen3 normalises the first two once more."""
    return {
        "q": getattr(attention, "q_norm", attention.q_proj),
        "k": getattr(attention, "k_norm", attention.k_proj),
        "v": attention.v_proj,
    }


def _keep(seen: dict[tuple[int, str], Tensor], key: tuple[int, str]) -> Callable[[Any, Any, Tensor], None]:
    def hook(_module: Any, _inputs: Any, output: Tensor) -> None:
        seen[key] = output

    return hook


def _stages(
    config: Any, seen: dict[tuple[int, str], Tensor], layer: int, head: int, rotation: tuple[Tensor, Tensor]
) -> HeadStages:
    heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
    shared = kv_head(head, heads, kv_heads)

    def of_head(name: str, count: int, number: int) -> Tensor:
        output = seen[layer, name][0].float()  # [seq, heads * head_dim], or [seq, heads, head_dim] behind a norm
        return output.reshape(output.shape[0], count, -1)[:, number]

    q, k = of_head("q", heads, head), of_head("k", kv_heads, shared)
    rotated_q, rotated_k = apply_rotary_pos_emb(q[None, None], k[None, None], *rotation)
    return HeadStages(rotated_q[0, 0].cpu(), rotated_k[0, 0].cpu(), of_head("v", kv_heads, shared).cpu())


def without_peft(model: Any) -> Any:
    """The causal language model inside a PEFT model, adapter layers included; any other model as it is."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def layers_of(model: Any) -> Any:
    """The blocks of a model, first to last."""
    return without_peft(model).model.layers
