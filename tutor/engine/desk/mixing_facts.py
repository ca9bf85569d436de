"""What is true of three slogans about lemonade, for lesson 2.2.2."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.desk.mixing import STORY, TASTES, learn, recipe
from tutor.engine.protocol import Call

__all__ = ["gathers", "ranking", "straight"]

MET = 1.0
"""A rating is met if it is off by less, root mean square, on the scale from 0 to 10."""
CUP = ((6.0, 1.0, 0.5), (1.0, 8.0, 0.0), (0.5, 0.0, 7.0))
"""Vectors of lemon, water and sugar: sour, wet, sweet."""


def straight(call: Call) -> dict[str, Any]:
    """Can a straight recipe meet a taster, and can a net with one hidden layer?

    Returns:
        `cases`: the slogan `no straight recipe will do`, for every taster; `value`: both errors.
    """
    cases = []
    for taste in TASTES:
        best = recipe(call, taste, 0, 0, 0, 0)["best"]["error"]
        net = learn(call, taste, units=8)["frames"][-1]["error"]
        cases.append(
            {"name": taste, "value": f"straight off by {best:.2f}, net by {net:.2f}", "holds": best > MET > net}
        )
    return {"cases": cases, "source": "least squares and a net of 8 hidden units, just now"}


def gathers(call: Call) -> dict[str, Any]:
    """Is picking ingredients a mere mixture? With fixed shares it is; attention's shares depend on what it mixes.

    Returns:
        `cases`; `shares`: what the last of the three ingredients takes of each, before and after all are doubled.
    """
    cup = torch.tensor(CUP, dtype=torch.float64)
    fixed = torch.tensor(STORY, dtype=torch.float64)
    mixed = _apart(fixed @ (2 * cup), 2 * (fixed @ cup))
    once, twice = _attention(cup), _attention(2 * cup)
    attended = _apart(twice @ (2 * cup), 2 * (once @ cup))
    return {
        "cases": [
            {"name": "shares of 50, 30 and 20 %: twice in, off by", "value": f"{mixed:.0%}", "holds": mixed < 1e-9},
            {"name": "attention's own shares: twice in, off by", "value": f"{attended:.0%}", "holds": attended < 1e-9},
        ],
        "shares": {"once": _percents(once), "twice": _percents(twice)},
        "source": "softmax(x xᵀ / √3) x of three small vectors, float64",
    }


def _attention(x: Tensor) -> Tensor:
    """What the last row gives to each row: softmax(x xᵀ / √d), queries and keys being x itself."""
    return (x[-1] @ x.T / 10 / x.shape[1] ** 0.5).softmax(-1)


def _apart(a: Tensor, b: Tensor) -> float:
    return ((a - b).norm() / b.norm()).item()


def _percents(shares: Tensor) -> str:
    return " / ".join(f"{100 * share:.0f}" for share in shares.tolist())


def ranking(call: Call, taste: str, activation: str = "GELU") -> dict[str, Any]:
    """Root mean square `errors` of a `net` of 8 hidden units, of the `best` straight recipe, and of the `story`'s."""
    straight = recipe(call, taste, *STORY, 0)
    net = learn(call, taste, units=8, activation=activation)
    return {
        "taste": taste,
        "activation": activation,
        "errors": {
            "net": net["frames"][-1]["error"],
            "best": straight["best"]["error"],
            "story": straight["yours"]["error"],
        },
        "source": net["source"],
    }
