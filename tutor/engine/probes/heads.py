"""The habits of all heads of the loaded model, and what it loses without one, for lesson 2.1.3."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine import attention
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["ablate", "scores"]

AT_ONCE = 400
"""Tokens of a batch: its logits are some 100 MB."""
LENGTH = 16
"""Tokens of the random sequence that is repeated."""
SEED = 7
NAMES = ("previous", "first", "induction", "entropy")
PROMPT, REPEATED = "prompt", "repeated"


def scores(call: Call, loaded: Loaded, prompt: str) -> Message:
    """Four scores of every head, from 0 to 1 but for the entropy, in nats.

    `previous`: mean weight on the token before; `first`: on the first token; `entropy`: mean of a row; all on the
    prompt. `induction`: on what came after an earlier copy, on random tokens that are repeated.

    Returns:
        `scores`: of each name a table, a row a layer; `best`: of each name the three highest `{layer, head, score}`;
        `sinks`: how many percent of all heads give the first token more than half.
    """
    ids = token_ids(loaded, prompt)
    weights = attention.attention_weights(loaded.model, ids)
    call.check()
    repeated = attention.attention_weights(loaded.model, _repeated(loaded))
    found = {
        "previous": attention.previous_token(weights) if len(ids) > 1 else weights[..., 0, 0] * 0,
        "first": attention.first_token(weights) if len(ids) > 1 else weights[..., 0, 0],
        "induction": attention.induction(repeated, LENGTH),
        "entropy": attention.entropy(weights),
    }
    return {
        "scores": {name: _rows(table) for name, table in found.items()},
        "best": {name: _best(table) for name, table in found.items()},
        "sinks": 100 * float((found["first"] > 0.5).float().mean()),
        "tokens": len(ids),
        "repeated": LENGTH,
        "source": loaded.source,
    }


def ablate(call: Call, loaded: Loaded, prompt: str, text: str = PROMPT) -> Message:
    """The loss of the model without each of its heads, one at a time.

    Args:
        text: on what: the `prompt`, or the second copy of `repeated` random tokens.

    Returns:
        `loss`: of the whole model in nats/token; `change`: what each head's silence adds, a row a layer, None where it
        is not known yet; `done` of `all` heads; `tokens` that were predicted.
    """
    ids = _repeated(loaded) if text == REPEATED else token_ids(loaded, prompt)
    if len(ids) < 2:
        raise UsageError("One token has nothing to predict.", "Type a longer prompt.")
    shape = loaded.architecture
    # Nothing can predict random tokens; only their second copy tells what the model can do.
    first = LENGTH + 1 if text == REPEATED else 0
    loss = float(attention.token_losses(loaded.model, ids)[first:].mean())
    inputs = layer_inputs(loaded.model, ids)
    change: list[list[float | None]] = [[None] * shape.heads for _ in range(shape.layers)]
    answer: Message = {"loss": loss, "change": change, "done": 0, "all": shape.layers * shape.heads,
                       "tokens": len(ids) - 1 - first, "source": loaded.source}  # fmt: skip
    at_once = max(1, AT_ONCE // len(ids))
    for layer in reversed(range(shape.layers)):  # late layers are quick, so that something is seen soon
        for start in range(0, shape.heads, at_once):
            call.check()
            heads = range(start, min(start + at_once, shape.heads))
            losses = losses_without(loaded.model, ids, layer, heads, inputs[layer])[:, first:].mean(1)
            change[layer][heads.start : heads.stop] = [short(without - loss) for without in losses.tolist()]
            answer["done"] += len(heads)
            call.part(**answer)
    return answer


@torch.inference_mode()
def layer_inputs(model: Any, ids: Sequence[int]) -> list[Tensor]:
    """What each layer is given: `[seq, hidden]`, first to last."""
    seen: list[Tensor] = []
    with ExitStack() as stack:
        for layer in attention.layers_of(model):
            handle = layer.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0][0]))
            stack.callback(handle.remove)
        model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False, logits_to_keep=1)
    return seen


@torch.inference_mode()
def losses_without(model: Any, ids: Sequence[int], layer: int, heads: Sequence[int], given: Tensor) -> Tensor:
    """The losses `[heads, seq - 1]` in nats without each of `heads`: one pass, each row of the batch lacks another.

    Args:
        given: what `layer` is given; the layers before it do not change.
    """
    inner = attention.without_peft(model).model
    every, own = inner.layers, inner.layers[layer].self_attn

    def silence(_module: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        outputs = inputs[0].clone()
        for row, head in enumerate(heads):
            outputs[row, :, head * own.head_dim : (head + 1) * own.head_dim] = 0
        return (outputs,)

    handle = own.o_proj.register_forward_pre_hook(silence)
    inner.layers = every[layer:]
    try:
        logits = model(inputs_embeds=given.expand(len(heads), -1, -1), use_cache=False).logits[:, :-1].float()
    finally:
        inner.layers = every
        handle.remove()
    wanted = torch.tensor([list(ids[1:])] * len(heads), device=model.device)
    return functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none")


def _repeated(loaded: Loaded) -> list[int]:
    """Random tokens twice in a row, after the token that begins texts."""
    vocabulary = range(len(loaded.tokenizer))
    special = set(loaded.tokenizer.all_special_ids)
    tokens = [token for token in vocabulary if token not in special]
    return attention.repeated_sequence(tokens, LENGTH, SEED, first=loaded.tokenizer.bos_token_id)


def _rows(table: Tensor) -> list[list[float]]:
    return [[short(value) for value in row] for row in table.tolist()]


def _best(table: Tensor, count: int = 3) -> list[Message]:
    best = table.flatten().topk(count)
    width = table.shape[1]
    places = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [{"layer": place // width, "head": place % width, "score": short(score)} for place, score in places]
