"""An adapter beside the weights, added to them, and taken off again: lesson 2.3.2."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.lora import lora_layers
from tutor.engine.minitrain import advance, latest, session_of, twin
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message

__all__ = ["compare", "merged"]

CLOSE = 0.01
"""Differences of logits below it change a probability by less than a hundredth of itself."""


def compare(call: Call, loaded: Loaded, question: str) -> Message:
    """The logits of a text from the adapter that was trained last, in five ways.

    Returns:
        `losses` of the training so far, of `total` steps; then `rows`: of each way its `name`, the largest difference
        of a logit `to_adapter` and `to_base`, the largest difference of a weight to the base's (`weights`), and the
        likeliest next token, `piece` and `p`. Parts have fewer rows.
    """
    recipe = latest()
    session = session_of(loaded, recipe)
    answer: Message = {
        "lines": recipe.lines, "question": question, "losses": session.losses(), "total": recipe.steps, "rows": [],
        "source": f"{loaded.source}, an adapter trained just now",
    }  # fmt: skip
    call.part(**answer)
    for _ in advance(call, [session]):
        call.part(**answer | {"losses": session.losses()})
    answer["losses"] = session.losses()
    ids = token_ids(loaded, question)
    base, beside = _logits(loaded.model, ids), _logits(session.model, ids)
    adapted = [layer.get_base_layer().weight for layer in lora_layers(session.model).values()]
    model = twin(session.model, own=adapted)

    def row(name: str, logits: Tensor) -> None:
        p, token = logits[-1].softmax(-1).max(-1)
        answer["rows"].append({
            "name": name,
            "to_adapter": short(float((logits - beside).abs().max())),
            "to_base": short(float((logits - base).abs().max())),
            "weights": short(_farthest(model, adapted)),
            "piece": loaded.pieces([int(token)])[0],
            "p": short(float(p)),
        })  # fmt: skip
        call.part(**answer)
        call.check()

    row("base", base)
    row("adapter beside W", beside)
    model.merge_adapter()
    row("merged", _logits(model, ids))
    model.unmerge_adapter()
    with model.disable_adapter():  # else it would lie beside the weights again
        row("unmerged again", _logits(model, ids))
    model.merge_adapter()
    _round(model)
    row("merged, in bf16", _logits(model, ids))
    return answer


def merged(call: Call, loaded: Loaded, question: str) -> Message:
    """How far merging moves a logit: the `difference` in fp32, `bf16`, and a `verdict` in words."""
    rows = {row["name"]: row for row in compare(call, loaded, question)["rows"]}
    difference = rows["merged"]["to_adapter"]
    verdict = "Exactly 0" if difference == 0 else "Below 0.01" if difference < CLOSE else "Above 0.01"
    return {
        "difference": difference, "bf16": rows["merged, in bf16"]["to_adapter"], "verdict": verdict,
        "source": f"{loaded.source}, an adapter trained just now",
    }  # fmt: skip


@torch.inference_mode()
def _logits(model: Any, ids: list[int]) -> Tensor:
    """Of every position: `[seq, vocab]`."""
    logits: Tensor = model(input_ids=torch.tensor([ids], device=model.device), use_cache=False).logits[0].float()
    return logits


def _farthest(model: Any, before: list[Tensor]) -> float:
    now = [layer.get_base_layer().weight for layer in lora_layers(model).values()]
    return max(float((a - b).abs().max()) for a, b in zip(now, before, strict=True))


@torch.no_grad()
def _round(model: Any) -> None:
    """Keep the merged matrices as 16 bits would: three digits of each weight."""
    for layer in lora_layers(model).values():
        weight = layer.get_base_layer().weight
        weight.copy_(weight.bfloat16().to(weight.dtype))
