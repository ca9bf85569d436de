"""Mistakes that people really make with transformers, to be planted in a model on purpose and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

DROPOUT = 0.1


@contextmanager
def planted(model: Any, fault: str) -> Iterator[None]:
    """`model` with a fault for as long as the block lasts; names that are not faults of a model change nothing."""
    with ExitStack() as repair:
        plant = FAULTS.get(fault)
        if plant is not None:
            plant(model, repair)
        yield


def _no_mask(model: Any, repair: ExitStack) -> None:
    """Every position sees all others."""

    def unmask(_module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, kwargs | {"attention_mask": None}

    for layer in model.model.layers:
        repair.callback(layer.self_attn.register_forward_pre_hook(unmask, with_kwargs=True).remove)
        _set(layer.self_attn, "is_causal", False, repair)  # or a fused kernel would mask by itself


def _wrong_scale(model: Any, repair: ExitStack) -> None:
    """Scores are divided by head_dim, not by its square root."""
    for layer in model.model.layers:
        _set(layer.self_attn, "scaling", 1 / layer.self_attn.head_dim, repair)


def _no_rotation(model: Any, repair: ExitStack) -> None:
    """Queries and keys are not rotated by their positions (RoPE is missing)."""

    def at_zero(_module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        cos, sin = kwargs["position_embeddings"]
        return args, kwargs | {"position_embeddings": (torch.ones_like(cos), torch.zeros_like(sin))}

    for layer in model.model.layers:
        repair.callback(layer.self_attn.register_forward_pre_hook(at_zero, with_kwargs=True).remove)


def _dropout(model: Any, repair: ExitStack) -> None:
    """Dropout is on, as in training: somebody forgot `model.eval()`."""
    for layer in model.model.layers:
        _set(layer.self_attn, "attention_dropout", DROPOUT, repair)
    repair.callback(model.train, model.training)
    model.train()


def _no_final_norm(model: Any, repair: ExitStack) -> None:
    """The LM head gets the residual stream as it is."""
    skip = model.model.norm.register_forward_hook(lambda _module, inputs, _output: inputs[0])
    repair.callback(skip.remove)


def _lost_layer(model: Any, repair: ExitStack) -> None:
    """A layer in the middle is gone."""
    layers = list(model.model.layers)
    del layers[len(layers) // 2]
    _set(model.model, "layers", nn.ModuleList(layers), repair)


def _no_bend(model: Any, repair: ExitStack) -> None:
    """The activation of every MLP is left out: the gate is multiplied as it is."""
    for layer in model.model.layers:
        _set(layer.mlp, "act_fn", nn.Identity(), repair)


def _no_residual(model: Any, repair: ExitStack) -> None:
    """What attention and MLP compute replaces the stream, where it should be added to it."""
    for layer in model.model.layers:
        for norm, part in ((layer.input_layernorm, layer.self_attn), (layer.post_attention_layernorm, layer.mlp)):
            _replace_stream(norm, part, repair)


def _replace_stream(norm: Any, part: Any, repair: ExitStack) -> None:
    """The layer adds what `part` gives to what went into `norm`; with that taken off, only the part is left."""
    entered: list[torch.Tensor] = []

    def enter(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        entered[:] = inputs

    def leave(_module: Any, _inputs: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (output[0] - entered[0], *output[1:])
        return output - entered[0]

    repair.callback(norm.register_forward_pre_hook(enter).remove)
    repair.callback(part.register_forward_hook(leave).remove)


def _no_norms(model: Any, repair: ExitStack) -> None:
    """Attention and MLP get the stream as it is."""
    for layer in model.model.layers:
        for norm in (layer.input_layernorm, layer.post_attention_layernorm):
            repair.callback(norm.register_forward_hook(lambda _module, inputs, _output: inputs[0]).remove)


def _set(thing: Any, name: str, value: Any, repair: ExitStack) -> None:
    repair.callback(setattr, thing, name, getattr(thing, name))
    setattr(thing, name, value)


FAULTS: dict[str, Callable[[Any, ExitStack], None]] = {
    "mask": _no_mask,
    "scale": _wrong_scale,
    "rope": _no_rotation,
    "dropout": _dropout,
    "norm": _no_final_norm,
    "layer": _lost_layer,
    "activation": _no_bend,
    "residual": _no_residual,
    "norms": _no_norms,
}
