"""How the learning rate goes: up in the warm-up, then down along one of some curves."""

from __future__ import annotations

import math

SCHEDULES = ("cosine", "cosine_with_min", "linear", "constant", "wsd")
LEAST = 0.1
"""Share of the highest learning rate at which `cosine_with_min` ends."""
DECAY = 0.2
"""Share of the steps after warm-up in which `wsd` (warm-up, stable, decay: arXiv:2404.06395) falls to 0."""


def share_of_lr(schedule: str, warmup: float, step: int, total: int) -> float:
    """The share of the highest learning rate at step `step` (from 0) of `total`.

    Args:
        schedule: one of `SCHEDULES`.
        warmup: share of all steps in which it grows linearly first.
    """
    growing = math.ceil(warmup * total)
    if step < growing:
        return (step + 1) / (growing + 1)
    progress = (step - growing) / max(1, total - growing)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    match schedule:
        case "cosine":
            return cosine
        case "cosine_with_min":
            return LEAST + (1 - LEAST) * cosine
        case "linear":
            return 1 - progress
        case "wsd":
            return min(1.0, (1 - progress) / DECAY)
        case _:
            return 1.0
