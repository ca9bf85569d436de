"""Three slogans about the pipeline, held against the loaded model, for lesson 1.3.2."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as functional

from tutor.engine.attention import attention_weights, head_stages
from tutor.engine.loaded import Loaded
from tutor.engine.modules import meta_model
from tutor.engine.protocol import Call
from tutor.engine.reductions import Reductions, count_reductions
from tutor.engine.tiers import TIERS

__all__ = ["bare_softmax", "needed_parts", "reductions"]

TEXT = (
    "The sun rises in the east and sets in the west. In winter the days are short and the nights are long. "
    "When it is cold enough, rain turns into snow, and children go out to play in it."
)
ALIKE = 1e-4
"""Weights that differ less are the same, in float32."""
TOY = torch.tensor([[1, 0, 0.5, 0.2], [0.2, 1, 0.8, 0.1], [0.1, 0.3, 1, 0.9]], dtype=torch.float64)
"""Three vectors of four numbers that a demo of the course uses for "The cat sat"."""


def reductions(call: Call, loaded: Loaded) -> dict[str, Any]:
    """Norms and softmaxes of one token: counted in the loaded model, and in the 1.5B on the meta device."""
    here, small = count_reductions(loaded.model), count_reductions(meta_model(TIERS["small"].architecture))
    return {
        "cases": [{"name": "the 1.5B", "value": small.total, "holds": small.total == 57}],
        "here": _counts(here),
        "small": _counts(small),
        "source": f"a pass of {loaded.source}, and of the 1.5B without its weights",
    }


def _counts(found: Reductions) -> dict[str, int]:
    return {"norms": found.norms, "softmaxes": found.softmaxes, "total": found.total}


@torch.inference_mode()
def bare_softmax(call: Call, loaded: Loaded) -> dict[str, Any]:
    """The model's attention weights against softmax of its scores: alone, and with scale and mask.

    Returns:
        `off`: the largest difference of a weight, over all heads; `toy`: the first row for the demo's numbers.
    """
    ids = loaded.tokenizer(TEXT)["input_ids"][:16]
    real = attention_weights(loaded.model, ids)
    heads = [(layer, head) for layer in range(real.shape[0]) for head in range(real.shape[1])]
    stages = head_stages(loaded.model, ids, heads)
    call.check()
    bare = max(float((_bare(stages[at].q, stages[at].k) - real[at]).abs().max()) for at in heads)
    whole = max(float((stages[at].weights - real[at]).abs().max()) for at in heads)
    return {
        "cases": [
            {"name": "softmax of the scores alone", "value": f"off by {bare:.2f}", "holds": bare < ALIKE},
            {"name": "divided by √d and masked", "value": f"off by {whole:.0e}", "holds": whole < ALIKE},
        ],
        "off": {"bare": bare, "whole": whole},
        "heads": len(heads),
        "toy": _toy_rows(),
        "source": f"all heads of {loaded.source}",
    }


def _bare(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return (q @ k.T).softmax(-1)


def _toy_rows() -> dict[str, list[float]]:
    """The first row of weights with queries and keys of half of `TOY`: as in the demo, scaled, and masked as well."""
    scores = (TOY / 2) @ (TOY / 2).T
    scaled = scores / math.sqrt(TOY.shape[1])
    masked = scaled.masked_fill(torch.ones_like(scaled, dtype=torch.bool).triu(1), -math.inf)
    return {name: rows.softmax(-1)[0].tolist() for name, rows in
            {"bare": scores, "scaled": scaled, "masked": masked}.items()}  # fmt: skip


@torch.inference_mode()
def needed_parts(call: Call, loaded: Loaded) -> dict[str, Any]:
    """The loss on a short text as it is, without the body, and with the embedding's rows shuffled.

    Losses are in nats per token; `guess` is ln V, the loss of calling all tokens equally likely.
    """
    ids = torch.tensor([loaded.tokenizer(TEXT)["input_ids"]], device=loaded.model.device)
    model, vocab = loaded.model, loaded.architecture.vocab
    order = torch.randperm(vocab, generator=torch.Generator().manual_seed(0)).to(ids.device)
    whole = _loss(model(ids, use_cache=False).logits, ids)
    call.check()
    shuffled = _loss(model(order[ids], use_cache=False).logits, ids)
    call.check()
    bodiless = _loss(model.lm_head(model.model.norm(model.get_input_embeddings()(ids))), ids)
    # Knowing nothing of the text: no better than a guess, give or take a nat.
    useless = math.log(vocab) - 1
    return {
        "cases": [
            {"name": "without the body it knows nothing", "value": f"loss {bodiless:.1f}", "holds": bodiless > useless},
            {
                "name": "with a shuffled embedding it still knows",
                "value": f"loss {shuffled:.1f}",
                "holds": shuffled < whole + 1,
            },
        ],
        "loss": {"whole": whole, "shuffled": shuffled, "bodiless": bodiless, "guess": math.log(vocab)},
        "source": f"passes of {loaded.source}",
    }


def _loss(logits: torch.Tensor, ids: torch.Tensor) -> float:
    return functional.cross_entropy(logits[0, :-1].float(), ids[0, 1:]).item()
