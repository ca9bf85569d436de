"""Matrix products as people get them wrong, with the loaded model's own matrices, and what PyTorch says: 1.1.2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call, Message

__all__ = ["run"]

OTHER_HIDDEN = 64
"""How much wider the vectors of the other model are."""


@dataclass(frozen=True)
class _Parts:
    """What the faults are made with: hidden states `[seq, hidden]`, queries and keys `[heads, seq, head_dim]`."""

    states: Tensor
    queries: Tensor
    keys: Tensor
    gate: Tensor
    down: Tensor
    head: Tensor


Broken = tuple[str, str, Tensor, str, Tensor, Callable[[Tensor, Tensor], Tensor]]
"""What it computes, the names and values of both sides, and the operation."""


@torch.inference_mode()
def run(call: Call, loaded: Loaded, fault: str, prompt: str = "The capital of France is") -> Message:
    """Make the mistake `fault` on the way of a prompt.

    Returns:
        `evidence`: lines with the two shapes, the code, and the error.
    """
    code, left_name, left, right_name, right, operation = FAULTS[fault](_parts(loaded, prompt))
    try:
        operation(left, right)
        error = "no error"
    except RuntimeError as raised:
        error = str(raised)
    names = len(max(left_name, right_name, key=len))
    evidence = [f"{name.ljust(names)}  {list(value.shape)}" for name, value in ((left_name, left), (right_name, right))]
    return {"evidence": [*evidence, f">>> {code}", f"RuntimeError: {error}"], "source": loaded.source}


def _parts(loaded: Loaded, prompt: str) -> _Parts:
    model, architecture = loaded.model, loaded.architecture
    layer, dim = model.model.layers[0], architecture.head_dim
    states = model.get_input_embeddings()(torch.tensor(loaded.tokenizer(prompt)["input_ids"], device=model.device))
    return _Parts(
        states=states,
        queries=layer.self_attn.q_proj(states).view(len(states), -1, dim).transpose(0, 1),
        keys=layer.self_attn.k_proj(states).view(len(states), -1, dim).transpose(0, 1),
        gate=layer.mlp.gate_proj.weight,
        down=layer.mlp.down_proj.weight,
        head=model.get_output_embeddings().weight,
    )


def _transpose(parts: _Parts) -> Broken:
    groups = len(parts.queries) // len(parts.keys)
    keys = parts.keys.repeat_interleave(groups, dim=0)
    return "scores = queries @ keys", "queries", parts.queries, "keys", keys, torch.matmul


def _groups(parts: _Parts) -> Broken:
    keys = parts.keys.transpose(1, 2)
    return "scores = queries @ keys_transposed", "queries", parts.queries, "keys_transposed", keys, torch.matmul


def _other_model(parts: _Parts) -> Broken:
    wider = torch.nn.functional.pad(parts.states, (0, OTHER_HIDDEN))
    return "gated = states @ gate.T", "states", wider, "gate.T", parts.gate.T, torch.matmul


def _no_expansion(parts: _Parts) -> Broken:
    return "out = states @ down.T", "states", parts.states, "down.T", parts.down.T, torch.matmul


def _head(parts: _Parts) -> Broken:
    return "logits = states @ head", "states", parts.states, "head", parts.head, torch.matmul


FAULTS: dict[str, Callable[[_Parts], Broken]] = {
    "transpose": _transpose,
    "groups": _groups,
    "other-model": _other_model,
    "no-expansion": _no_expansion,
    "head": _head,
}
