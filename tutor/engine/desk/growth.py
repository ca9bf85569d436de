"""The arithmetic of one layer against the length of the text: lesson 1.1.2."""

from __future__ import annotations

from typing import Any

from tutor.engine.architecture import ATTENTION_TARGETS, MLP_TARGETS, Architecture
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["curves"]

LENGTHS = tuple(2**n for n in range(3, 18))


def curves(call: Call, tier: str) -> dict[str, Any]:
    """FLOPs of a layer of a tier for a whole text, 2 for each multiply-and-add.

    Returns:
        `points` of `{tokens, mlp, projections, scores}`, where `scores` holds their making and the mixing of values;
        `cross`, the length from which attention, projections included, takes more than the MLP, and how many
        times 512 that is; `model`.
    """
    architecture = TIERS[tier].architecture
    mlp, projections, scores = _per_token(architecture)
    cross = round((mlp - projections) / scores)
    points = [{"tokens": n, "mlp": mlp * n, "projections": projections * n, "scores": scores * n * n} for n in LENGTHS]
    return {
        "model": TIERS[tier].model,
        "points": points,
        "cross": cross,
        "times_512": cross / 512,
        "source": "counted from the model's configuration",
    }


def _per_token(architecture: Architecture) -> tuple[int, int, int]:
    """FLOPs of a token in the MLP, in the projections of attention, and for each token that it looks at."""
    shapes = architecture.linear_shapes()
    mlp = sum(2 * shapes[name][0] * shapes[name][1] for name in MLP_TARGETS)
    projections = sum(2 * shapes[name][0] * shapes[name][1] for name in ATTENTION_TARGETS)
    return mlp, projections, 4 * architecture.q_width
