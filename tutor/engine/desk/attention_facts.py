"""What a formula for attention lacks, and attention with a fault in it, for lessons 2.1.2 and 2.1.3."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.desk.attention_steps import steps
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["broken", "formula"]

TOKENS = ("The", "cat", "sat", "down")
HEAD_DIM = 64
SEED = 11


def formula(call: Call) -> Message:
    """Softmax(QKᵀ) on the three tokens of the lesson, against attention as PyTorch computes it.

    Returns:
        `cases`: what softmax alone gives, and what it lacks; the first rows `plain`, `scaled` and `masked`, as text.
    """
    plain = steps(call, scale=False, mask=False)
    scaled = steps(call, mask=False)
    whole = steps(call)
    sums = max(abs(total - 1) for total in plain["row_sums"])
    ahead = sum(_weights(plain)[0][1:])
    return {
        "cases": [
            {"name": "softmax makes each row sum to 1", "value": f"off by {sums:.0e}", "holds": sums < 1e-9},
            {"name": "no token looks ahead", "value": f"“The” gives {ahead:.2f} to later ones", "holds": ahead == 0},
            {"name": "the output is PyTorch's", "value": f"off by up to {plain['differs']:.2f}",
             "holds": plain["differs"] < 1e-9},
        ],
        "plain": _row(plain), "scaled": _row(scaled), "masked": _row(whole),
        "agrees": f"{whole['differs']:.0e}",
        "source": "PyTorch, float64",
    }  # fmt: skip


def _weights(answer: Message) -> list[list[float]]:
    found: list[list[float]] = next(stage["values"] for stage in answer["stages"] if stage["name"] == "A")
    return found


def _row(answer: Message) -> str:
    return ", ".join(f"{weight:.3f}" for weight in _weights(answer)[0])


Step = Callable[[Tensor], Tensor]


def _masked(scores: Tensor) -> Tensor:
    return scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), -math.inf)


FAULTS: dict[str, tuple[Step, Step, Step]] = {
    # scale, weights from scores, what is done to the weights
    "none": (lambda s: s / math.sqrt(HEAD_DIM), lambda s: _masked(s).softmax(-1), lambda w: w),
    "no_mask": (lambda s: s / math.sqrt(HEAD_DIM), lambda s: s.softmax(-1), lambda w: w),
    "no_scale": (lambda s: s, lambda s: _masked(s).softmax(-1), lambda w: w),
    "no_softmax": (lambda s: s / math.sqrt(HEAD_DIM), lambda s: _masked(s), lambda w: w.masked_fill(w.isinf(), 0)),
    "late_mask": (lambda s: s / math.sqrt(HEAD_DIM), lambda s: s.softmax(-1), lambda w: w.tril()),
    "columns": (lambda s: s / math.sqrt(HEAD_DIM), lambda s: _masked(s).softmax(-2), lambda w: w),
}


def broken(call: Call, fault: str) -> Message:
    """The weights of four tokens by attention with a fault, as lines of text.

    Args:
        fault: `no_mask`, `no_scale`, `no_softmax`, `late_mask` (after softmax, by zeros), `columns` (softmax over the
            tokens that look), or `none`.

    Returns:
        `evidence`; the `weights`; `differs`: how far the output is from PyTorch's.
    """
    if fault not in FAULTS:
        raise UsageError(f"There is no fault {fault!r}.", f"There are {', '.join(FAULTS)}.")
    rng = torch.Generator().manual_seed(SEED)
    q, k, v = torch.randn(3, len(TOKENS), HEAD_DIM, generator=rng, dtype=torch.float64)
    scale, weigh, finish = FAULTS[fault]
    weights = finish(weigh(scale(q @ k.T)))
    theirs = functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    return {
        "evidence": _lines(weights),
        "weights": weights.tolist(),
        "differs": float((weights @ v - theirs).abs().max()),
        "source": "PyTorch, float64",
    }


def _lines(weights: Tensor) -> list[str]:
    """The weights with the sums of rows and columns."""
    lines = ["      " + "".join(f"{name:>8}" for name in TOKENS) + "    row sum"]
    for name, row in zip(TOKENS, weights.tolist(), strict=True):
        lines.append(f"{name:<6}" + "".join(f"{weight:>8.3f}" for weight in row) + f"{sum(row):>11.3f}")
    sums: list[Any] = weights.sum(0).tolist()
    return [*lines, "column" + "".join(f"{total:>8.3f}" for total in sums)]
