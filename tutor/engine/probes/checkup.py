"""A broken model examined part by part, and what a layer needs besides attention and MLP. For topic 2.2.4."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.faults import planted
from tutor.engine.forward import Forward, watch
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.vitals import LEAK, ORDER, signs

__all__ = ["evidence", "needed"]

TEXT = "The sun rises in the east and sets in the west. In winter the days are short and the nights are long."
WORSE = 1.0
"""Nats per token by which a model is worse that lacks something it needs."""


def evidence(call: Call, loaded: Loaded, fault: str, text: str) -> dict[str, Any]:
    """The signs of a model with one of `tutor.engine.faults`, and the sound ones where they differ."""
    sound = _examine(call, loaded, text)
    with planted(loaded.model, fault):
        broken = _examine(call, loaded, text)
    lines = [
        f"{sign}: {found}" + ("" if found == sound[sign] else f"   (sound: {sound[sign]})")
        for sign, found in broken.items()
    ]
    return {"evidence": [f"text: {text}", *lines], "source": f"passes of {loaded.source}"}


def _examine(call: Call, loaded: Loaded, text: str) -> dict[str, str]:
    """Sign by sign, from the first stage to the last."""
    ids = [int(token) for token in loaded.tokenizer(text)["input_ids"]]
    found = signs(loaded, ids)
    seen, lowest_gate = _watch(call, loaded.model, ids)
    _, piece, p = found.top[0]
    return {
        "layers passed": str(len(seen.residual) - 1),
        "an earlier word changes with a later one": "yes" if found.leak > LEAK else "no",
        "attention feels the order of words": "yes" if (found.order or 0) > ORDER else "no",
        "the lowest gate after its bend": f"{lowest_gate:.2f}",
        "a layer's input is still in its output": f"{100 * _kept(seen.residual):.0f} %",
        "size at the LM head": f"{found.size:.1f}",
        "next piece": f'"{piece}", {100 * p:.1f} %',
    }


def _watch(call: Call, model: Any, ids: list[int]) -> tuple[Forward, float]:
    """A pass, and the smallest number that any MLP multiplies its other branch by; SiLU gives nothing below -0.28."""
    lowest: list[float] = []
    with ExitStack() as stack:
        for layer in model.model.layers:
            keep = layer.mlp.act_fn.register_forward_hook(lambda _m, _i, out: lowest.append(out.min().item()))
            stack.callback(keep.remove)
        seen = watch(model, ids, call.check)
    return seen, min(lowest)


def _kept(residual: list[Tensor]) -> float:
    """Mean cosine between what enters a layer and what leaves it, at the last position."""
    stream = torch.stack(residual).float()
    return functional.cosine_similarity(stream[:-1], stream[1:], dim=-1).mean().item()


def needed(call: Call, loaded: Loaded) -> dict[str, Any]:
    """Is a layer attention and MLP, and nothing else? The loss without its norms, and without its additions.

    Returns:
        `cases`; `loss` of the whole model in nats per token; `share`: percent of its layers' parameters that are in
        norms.
    """
    loss = {"whole": _loss(loaded)}
    for fault in ("norms", "residual"):
        call.check()
        with planted(loaded.model, fault):
            loss[fault] = _loss(loaded)
    count = loaded.architecture.parameters()
    share = 100 * count.norms / count.body
    bare = loss["whole"] + WORSE
    return {
        "cases": [
            {"name": "its parameters are in attention and MLP", "value": f"{100 - share:.2f} %", "holds": share < 1},
            {"name": "without the norms it works as well", "value": _said(loss["norms"]),
             "holds": loss["norms"] < bare},
            {"name": "without adding to the stream, too", "value": _said(loss["residual"]),
             "holds": loss["residual"] < bare},
        ],
        "loss": loss["whole"],
        "share": share,
        "source": f"passes of {loaded.source}",
    }  # fmt: skip


def _said(loss: float) -> str:
    return f"loss {loss:.2f}" if math.isfinite(loss) else "the loss is no longer a number"


@torch.inference_mode()
def _loss(loaded: Loaded) -> float:
    ids = torch.tensor([loaded.tokenizer(TEXT)["input_ids"]], device=loaded.model.device)
    logits = loaded.model(ids, use_cache=False).logits[0, :-1].float()
    return functional.cross_entropy(logits, ids[0, 1:]).item()
