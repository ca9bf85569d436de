"""Two models on one text: what each expects at every place, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

CANDIDATES = 5


@dataclass(frozen=True)
class Candidate:
    """A token that could come next, with its probability under both models."""

    token: int
    base: float
    tuned: float


@dataclass(frozen=True)
class Place:
    """What both models expect after one token of the text."""

    follows: Candidate | None
    """The token that does come next in the text; None at its end."""
    candidates: list[Candidate]
    """The likeliest tokens of either, the one whose probability changed most first."""
    kl: float
    """Relative entropy KL(tuned ‖ base) of the next token, in nats: 0 where both say the same."""


def compare(base: Any, tuned: Any, ids: Sequence[int], count: int = CANDIDATES) -> list[Place]:
    """What two models with one tokenizer expect after each of `ids`.

    Args:
        count: candidates of each model.
    """
    before, after = log_probabilities(base, ids), log_probabilities(tuned, ids)
    kl = (after.exp() * (after - before)).sum(-1)
    following = [*ids[1:], None]
    return [
        Place(
            None if token is None else _candidate(token, before[place], after[place]),
            _candidates(before[place], after[place], count),
            max(0.0, float(kl[place])),
        )
        for place, token in enumerate(following)
    ]


@torch.inference_mode()
def log_probabilities(model: Any, ids: Sequence[int]) -> Tensor:
    """Of the next token after each of `ids`: `[seq, vocab]`, in float64 on the CPU."""
    logits = model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False).logits[0]
    return torch.log_softmax(logits.cpu().double(), -1)


def _candidates(before: Tensor, after: Tensor, count: int) -> list[Candidate]:
    likeliest = {*before.topk(count).indices.tolist(), *after.topk(count).indices.tolist()}
    found = [_candidate(token, before, after) for token in likeliest]
    return sorted(found, key=lambda one: (-abs(one.tuned - one.base), one.token))


def _candidate(token: int, before: Tensor, after: Tensor) -> Candidate:
    return Candidate(token, float(before[token].exp()), float(after[token].exp()))
