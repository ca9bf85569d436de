"""The lemonade demo of the course, with its own recipes and weights: is any flavour ever rejected? For lesson 2.2.3."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.desk.mixing import ACTIVATIONS
from tutor.engine.protocol import Call

__all__ = ["ANALYZER", "BATCHES", "DECIDER", "batch", "rejects"]

BATCHES = ((0.46, 0.41, 0.75, 0.40), (0.40, 0.48, 0.78, 0.40), (0.39, 0.44, 0.79, 0.44))
"""Lemon, water, sugar and tartness of the demo's three batches."""
UNITS = 16


def _table(rows: int, columns: int, every: int, by: float, base: float) -> Tensor:
    return torch.tensor([[(i + j) % every * by + base for j in range(columns)] for i in range(rows)])


ANALYZER = _table(4, UNITS, 3, 0.1, 0.05)
"""`[4, 16]`: entries ((i + j) mod 3)·0.1 + 0.05; the demo multiplies rows by it from the left."""
DECIDER = _table(UNITS, 4, 4, 0.05, 0.02)
"""`[16, 4]`: entries ((i + j) mod 4)·0.05 + 0.02."""


def batch(call: Call, number: int = 1, activation: str = "GELU") -> dict[str, Any]:
    """One batch through the demo: every unit before and after, and the blend that comes out.

    Returns:
        `units`: `{before, after, rejected}`; `negative`, `rejected`: how many units; `blend`: four numbers, and
        `skipped`: the same without the activation.
    """
    cup = torch.tensor(BATCHES[number - 1])
    before = cup @ ANALYZER
    after = ACTIVATIONS[activation]()(before)
    units = [{"before": b, "after": a, "rejected": b < 0} for b, a in zip(before.tolist(), after.tolist(), strict=True)]
    return {
        "units": units,
        "negative": sum(unit["rejected"] for unit in units),
        "rejected": sum(unit["rejected"] for unit in units),
        "low": before.min().item(),
        "high": before.max().item(),
        "blend": (after @ DECIDER).tolist(),
        "skipped": (before @ DECIDER).tolist(),
        "source": "the demo's recipes and weights as published, PyTorch",
    }


def rejects(call: Call) -> dict[str, Any]:
    """Does GELU reject anything in the demo?

    Returns:
        `cases`: of each batch how many of its units are below zero; `low`, `high`: of all of them; `blend`, `skipped`:
        the first number that comes out of the first batch with and without GELU.
    """
    found = [batch(call, number) for number in range(1, len(BATCHES) + 1)]
    return {
        "cases": [
            {"name": f"batch {number}", "value": f"{one['negative']} of {UNITS} units below zero",
             "holds": one["negative"] > 0}
            for number, one in enumerate(found, 1)
        ],
        "low": min(one["low"] for one in found),
        "high": max(one["high"] for one in found),
        "blend": found[0]["blend"][0],
        "skipped": found[0]["skipped"][0],
        "source": found[0]["source"],
    }  # fmt: skip
