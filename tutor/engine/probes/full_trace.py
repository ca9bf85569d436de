"""The way of the learner's sentence through the whole model, every stage in a few numbers. For topic 2.2.4."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from tutor.engine.attention import eager
from tutor.engine.forward import Forward, lens, short, watch
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.sampling import draw, entropy, softmax

__all__ = ["stages"]

MAX_TOKENS = 64
"""Tokens of a longer text that are read."""
LOOKS = 3
"""Tokens that attention looks at most, and next tokens, that are named."""
SEED = 0


def stages(call: Call, loaded: Loaded, prompt: str) -> dict[str, Any]:
    """Every stage at the last position. Norms are lengths (L2); attention is the mean over the heads of a layer.

    Returns:
        `text`, `ids`, `pieces`; `embedded`: norm of the last embedding; `layers`: of each layer what it `looks` at
        `{piece, share}`, what `attention` and `mlp` add to the `stream` (norms), the percentage of gates that are
        `open`, and its `guess` `{piece, p}` by the logit lens; `settled`: the first layer from which on the guess is
        the final one, -1 for the embedding; `top` `{piece, logit, p}`, `entropy` (nats), `drawn` with `seed` at
        temperature 1, and the text `after` it.
    """
    ids = [int(token) for token in loaded.tokenizer(prompt)["input_ids"]][:MAX_TOKENS]
    seen, gates, looks = _watch(call, loaded.model, ids)
    pieces = loaded.pieces(ids)
    guesses = _guesses(loaded, seen)
    logits = seen.logits.double().numpy()
    probabilities = softmax(logits)
    token = draw(probabilities, SEED)
    best = torch.from_numpy(probabilities).topk(LOOKS)
    places = best.indices.tolist()
    return {
        "text": loaded.tokenizer.decode(ids),
        "ids": ids,
        "pieces": pieces,
        "shape": {"hidden": loaded.architecture.hidden, "wide": loaded.architecture.intermediate,
                  "vocab": loaded.architecture.vocab, "heads": loaded.architecture.heads},
        "embedded": seen.norms[0][-1],
        "layers": [
            {
                "looks": _looks(looks[number], pieces),
                "attention": short(seen.attention[number].float().norm().item()),
                "mlp": short(seen.mlp[number].float().norm().item()),
                "open": short(100 * (gates[number] > 0).float().mean().item()),
                "stream": seen.norms[number + 1][-1],
                "guess": guesses[number + 1],
            }
            for number in range(loaded.architecture.layers)
        ],
        "settled": _settled(guesses),
        "top": [
            {"piece": piece, "logit": short(logits[place]), "p": short(p)}
            for place, piece, p in zip(places, loaded.pieces(places), best.values.tolist(), strict=True)
        ],
        "entropy": short(entropy(probabilities)),
        "seed": SEED,
        "drawn": loaded.pieces([token])[0],
        "after": loaded.tokenizer.decode([*ids, token]),
        "source": loaded.source,
    }  # fmt: skip


def _watch(call: Call, model: Any, ids: list[int]) -> tuple[Forward, list[Tensor], list[Tensor]]:
    """One pass: its stages; gates `[units]` and mean attention `[seq]` of every layer, at the last position."""
    gates: list[Tensor] = []
    looks: list[Tensor] = []
    with eager(model), ExitStack() as stack:
        for layer in model.model.layers:
            keep = layer.mlp.gate_proj.register_forward_hook(lambda _m, _i, out: gates.append(out[0, -1].float()))
            stack.callback(keep.remove)
            keep = layer.self_attn.register_forward_hook(
                lambda _m, _i, out: looks.append(out[1][0, :, -1].float().mean(0))
            )
            stack.callback(keep.remove)
        return watch(model, ids, call.check), gates, looks


def _looks(shares: Tensor, pieces: list[str]) -> list[dict[str, Any]]:
    best = shares.topk(min(LOOKS, len(pieces)))
    return [
        {"piece": pieces[place], "share": short(share)}
        for place, share in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def _guesses(loaded: Loaded, seen: Forward) -> list[dict[str, Any]]:
    """The likeliest token after the embedding and after every layer, as if the model ended there."""
    best = lens(loaded.model, seen.residual).max(-1)
    pieces = loaded.pieces(best.indices.tolist())
    return [{"piece": piece, "p": short(p)} for piece, p in zip(pieces, best.values.tolist(), strict=True)]


def _settled(guesses: list[dict[str, Any]]) -> int:
    """The first layer from which on every guess is the last one."""
    place = len(guesses)
    while place and guesses[place - 1]["piece"] == guesses[-1]["piece"]:
        place -= 1
    return place - 1
