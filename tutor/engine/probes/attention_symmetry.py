"""Does a token look at another as much as the other looks back? For lesson 2.1.3."""

from __future__ import annotations

import statistics

import torch
from torch import Tensor

from tutor.engine.desk.attention_steps import steps
from tutor.engine.loaded import Loaded
from tutor.engine.probes.attention import maps_of
from tutor.engine.protocol import Call, Message

__all__ = ["cases"]

SAME = 1e-6
"""Scores that differ by less are the same both ways."""


def cases(call: Call, loaded: Loaded, prompt: str) -> Message:
    """Whether scores are the same both ways: ‖S - Sᵀ‖ / ‖S‖ of S = QKᵀ.

    Returns:
        `cases`: of the toy with one matrix for queries and keys, of the toy with two, of the model's heads (their
        median); `least`: the most symmetric head of all, and its `layer` and `head`.
    """
    stages = maps_of(loaded, prompt).stages
    heads = {place: _asymmetry(stage.q @ stage.k.T) for place, stage in stages.items()}
    toys = [_asymmetry(torch.tensor(_scores(call, weights))) for weights in ("equal", "different")]
    names = ("the toy, WQ = WK", "the toy, WQ ≠ WK", f"median of the model's {len(heads)} heads")
    least = min(heads, key=heads.__getitem__)
    return {
        "cases": [
            {"name": name, "value": f"{100 * value:.0f} % of S differ", "holds": value < SAME}
            for name, value in zip(names, (*toys, statistics.median(heads.values())), strict=True)
        ],
        "least": 100 * heads[least],
        "layer": least[0],
        "head": least[1],
        "source": loaded.source,
    }


def _scores(call: Call, weights: str) -> list[list[float]]:
    found: list[list[float]] = next(
        stage["values"] for stage in steps(call, weights=weights)["stages"] if stage["name"] == "S"
    )
    return found


def _asymmetry(scores: Tensor) -> float:
    return float((scores - scores.T).norm() / scores.norm())
