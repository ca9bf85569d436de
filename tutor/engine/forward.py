"""One forward pass, watched: what every part of the model hands to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

Tensor = torch.Tensor


@dataclass(frozen=True)
class Stage:
    """A tensor on its way through the model, summarised. `layer` is None outside the stack of layers."""

    name: str
    layer: int | None
    shape: list[int]
    dtype: str
    bytes: int
    min: float
    max: float
    mean: float
    std: float
    l2: float
    """Length of the whole tensor: √Σ x²."""
    note: str


@dataclass
class Forward:
    """What one pass left behind. Vectors are those of the last position, in the model's dtype."""

    stages: list[Stage] = field(default_factory=list)
    residual: list[Tensor] = field(default_factory=list)
    """The residual stream before the first layer and after each: layers + 1 times `[hidden]`."""
    attention: list[Tensor] = field(default_factory=list)
    """What each layer's attention added: `[hidden]`."""
    mlp: list[Tensor] = field(default_factory=list)
    """What each layer's MLP added: `[hidden]`."""
    norms: list[list[float]] = field(default_factory=list)
    """L2 norm of the residual stream at every position: `[layers + 1, seq]`."""
    logits: Tensor = field(default_factory=lambda: torch.empty(0))
    """Of the next token: `[vocab]`, float32."""


def summarise(name: str, tensor: Tensor, note: str, layer: int | None = None) -> Stage:
    """Shape, dtype, size in bytes and the spread of the values of a tensor."""
    values = tensor.detach().float()
    return Stage(
        name=name,
        layer=layer,
        shape=list(tensor.shape),
        dtype=str(tensor.dtype).removeprefix("torch."),
        bytes=tensor.numel() * tensor.element_size(),
        min=short(values.min().item()),
        max=short(values.max().item()),
        mean=short(values.mean().item()),
        std=short(values.std(correction=0).item()),
        l2=short(values.norm().item()),
        note=note,
    )


def short(number: float) -> float:
    """Six significant digits: enough to look at, and a third of the bytes."""
    return float(f"{number:.6g}")


@torch.inference_mode()
def watch(model: Any, ids: list[int], check: Callable[[], None] = lambda: None) -> Forward:
    """Run `ids` through a model of the Llama and Qwen families and record every stage.

    `check` is called before each layer, and may raise to stop.
    """
    seen = Forward()
    with _hooks(model, seen, check):
        output = model(torch.tensor([ids], device=model.device), use_cache=False, logits_to_keep=1)
    seen.logits = output.logits[0, -1].float().cpu()
    tied = " (the embedding matrix again)" if model.config.tie_word_embeddings else ""
    vocab = model.config.vocab_size
    seen.stages.append(summarise("LM head", output.logits, f"a score for each of {vocab:,} tokens{tied}"))
    seen.stages.append(summarise("softmax", seen.logits.softmax(-1), "probabilities of the next token; they sum to 1"))
    return seen


@torch.inference_mode()
def lens(model: Any, residual: list[Tensor]) -> Tensor:
    """Probabilities `[layers + 1, vocab]` if the model stopped after each layer (the logit lens).

    Final norm and LM head are applied to every residual vector. Source: nostalgebraist, "interpreting GPT" (2020).
    """
    logits = model.lm_head(model.model.norm(torch.stack(residual).unsqueeze(0)))
    return torch.as_tensor(logits[0].float().softmax(-1).cpu())


@contextmanager
def _hooks(model: Any, seen: Forward, check: Callable[[], None]) -> Iterator[None]:
    """Everything that watches, taken off again at the end."""
    config = model.config
    with ExitStack() as stack:

        def after(module: Any, see: Callable[[Tensor], None]) -> None:
            handle = module.register_forward_hook(lambda _m, _i, output: see(_first(output)))
            stack.callback(handle.remove)

        def before(module: Any, see: Callable[[Tensor], None]) -> None:
            handle = module.register_forward_pre_hook(lambda _m, inputs: see(_first(inputs)))
            stack.callback(handle.remove)

        def stage(name: str, note: str, layer: int | None = None) -> Callable[[Tensor], None]:
            return lambda tensor: seen.stages.append(summarise(name, tensor, note, layer))

        def stream(tensor: Tensor) -> None:
            seen.residual.append(tensor[0, -1].clone())
            seen.norms.append([short(norm) for norm in tensor[0].float().norm(dim=-1).tolist()])

        embedding = model.get_input_embeddings()
        note = f"one row of the {config.vocab_size:,} × {config.hidden_size:,} embedding matrix per token"
        after(embedding, stage("embed", note))
        after(embedding, stream)
        norm = "RMSNorm: every vector scaled to the same size"
        heads = f"{config.num_attention_heads} query heads share {config.num_key_value_heads} key/value heads"
        widths = f"{config.hidden_size:,} → {config.intermediate_size:,} → {config.hidden_size:,}"
        for number, layer in enumerate(model.model.layers):
            before(layer, lambda _tensor: check())
            after(layer.input_layernorm, stage("norm", norm, number))
            after(layer.self_attn, stage("attention", f"positions look at earlier ones: {heads}", number))
            after(layer.self_attn, lambda tensor: seen.attention.append(tensor[0, -1].clone()))
            before(layer.post_attention_layernorm, stage("residual", "attention added to the stream", number))
            after(layer.post_attention_layernorm, stage("norm", norm, number))
            after(layer.mlp, stage("mlp", f"each position on its own: {widths}", number))
            after(layer.mlp, lambda tensor: seen.mlp.append(tensor[0, -1].clone()))
            after(layer, stage("residual", "MLP added to the stream", number))
            after(layer, stream)
        after(model.model.norm, stage("final norm", norm))
        yield


def _first(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output
