"""Two linear layers, and the one matrix that does the same, as long as nothing bends in between. For lesson 2.2.3."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.desk.demo_kitchen import ANALYZER, BATCHES, DECIDER
from tutor.engine.desk.mixing import ACTIVATIONS
from tutor.engine.protocol import Call

__all__ = ["compare", "skipped"]

CUPS = 1000
SAME = 1e-4
"""Rounding in float32 stays far below it."""


def compare(call: Call, activation: str = "none", units: int = 16, weights: str = "random") -> dict[str, Any]:
    """W2 act(W1 x) against (W2 W1) x, over many random cups.

    Args:
        units: rows of W1; the demo has 16 whatever is asked.
        weights: `random`, or `demo` for the course's own.

    Returns:
        `first` `[units, 4]`, `second` `[4, units]`, `product` `[4, 4]` and its `rank`; `two`, `one`: both outputs for
        the demo's first batch; `apart`: the largest difference over all cups, and in words how they `differ`; `left`:
        percent of the variance of the outputs that even the best single matrix (least squares, with a base) does not
        explain.
    """
    first, second = _matrices(weights, units)
    cups = torch.cat([torch.tensor([BATCHES[0]]), torch.rand(CUPS, 4, generator=torch.Generator().manual_seed(1))])
    two = ACTIVATIONS[activation]()(cups @ first.T) @ second.T
    product = second @ first
    one = cups @ product.T
    apart = (two - one).abs().max().item()
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "product": product.tolist(),
        "rank": int(torch.linalg.matrix_rank(product)),
        "units": len(first),
        "two": two[0].tolist(),
        "one": one[0].tolist(),
        "apart": apart,
        "left": _left(cups, two),
        "cups": CUPS,
        "same": SAME,
        "differ": "only by rounding" if apart < SAME else "visibly",
        "source": f"PyTorch {torch.__version__}, float32, {CUPS:,} random cups",
    }


def skipped(call: Call) -> dict[str, Any]:
    """Is a second layer worth anything without an activation, and with one?

    Returns:
        `cases`: the slogan `skip the taste test, and one matrix would have done`, for no activation and for each.
    """
    found = {name: compare(call, name) for name in ACTIVATIONS}
    return {
        "cases": [
            {"name": name, "value": f"off by at most {one['apart']:.1g}, {one['left']:.1f} % unexplained",
             "holds": one["apart"] < SAME if name == "none" else one["apart"] > SAME}
            for name, one in found.items()
        ],
        "rank": found["none"]["rank"],
        "source": found["none"]["source"],
    }  # fmt: skip


def _matrices(weights: str, units: int) -> tuple[Tensor, Tensor]:
    if weights == "demo":
        return ANALYZER.T, DECIDER.T
    chance = torch.Generator().manual_seed(0)
    return torch.randn(units, 4, generator=chance), torch.randn(4, units, generator=chance) / units**0.5


def _left(cups: Tensor, outputs: Tensor) -> float:
    inputs = torch.cat([cups, torch.ones(len(cups), 1)], 1).double()
    wanted = outputs.double()
    fitted = inputs @ torch.linalg.lstsq(inputs, wanted).solution
    spread = (wanted - wanted.mean(0)).square().sum()
    return (100 * (wanted - fitted).square().sum() / spread).item()
