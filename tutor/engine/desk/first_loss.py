"""The loss of a classifier that has learned nothing, against ln(V), for lesson 1.2.1."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["classifier", "uniform"]

INPUTS, EXAMPLES = 64, 64
"""Numbers that the layer sees of each example, and examples."""


def classifier(call: Call, classes: int, spread: float = 0.02, seed: int = 0) -> dict[str, Any]:
    """Cross-entropy of a fresh softmax layer `[classes, INPUTS]` on random inputs and random right answers.

    Args:
        spread: standard deviation of its weights; 0 makes every class equally likely.

    Returns:
        `loss` in nats, `uniform` = ln(classes), the `perplexity` e^loss, and how probable it thinks its favourite
        class, `surest`, in the mean.
    """
    torch.manual_seed(seed)
    inputs, weights = torch.randn(EXAMPLES, INPUTS), spread * torch.randn(classes, INPUTS)
    logits = inputs @ weights.T  # [examples, classes]
    loss = cross_entropy(logits, torch.randint(classes, (EXAMPLES,))).item()
    return {
        "classes": classes,
        "spread": spread,
        "loss": loss,
        "uniform": math.log(classes),
        "perplexity": math.exp(min(loss, 700)),  # e^710 is more than a float holds
        "surest": logits.softmax(-1).amax(-1).mean().item(),
        "source": f"a fresh {INPUTS} → {classes:,} softmax layer on {EXAMPLES} random examples, PyTorch",
    }


def uniform(call: Call) -> dict[str, Any]:
    """What guessing all tokens alike costs with each tier's vocabulary.

    Returns:
        `rows`: per tier `vocab`, `loss` in nats and `perplexity`; `cases`: whether that loss is ln(vocab).
    """
    rows, cases = list[dict[str, Any]](), list[dict[str, Any]]()
    for name, tier in TIERS.items():
        vocab = tier.architecture.vocab
        loss = _uniform_loss(vocab)
        rows.append({"tier": name, "vocab": vocab, "loss": loss, "perplexity": math.exp(loss)})
        says = f"{loss:.2f} nats for one of {vocab:,} tokens at random"
        cases.append({"name": name, "value": says, "holds": math.isclose(loss, math.log(vocab))})
    return {"rows": rows, "cases": cases, "source": "cross-entropy of equal logits, PyTorch, float64"}


def _uniform_loss(vocab: int) -> float:
    return cross_entropy(torch.zeros(1, vocab, dtype=torch.float64), torch.tensor([vocab - 1])).item()
