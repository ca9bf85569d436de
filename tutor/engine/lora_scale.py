"""How the strength of a LoRA adapter goes with its rank: what it adds is scaled by alpha / r."""

from __future__ import annotations

import math

FIXED_RATIO, FIXED_ALPHA, RSLORA = "fixed α/r", "fixed α", "rsLoRA"
RULES = (FIXED_RATIO, FIXED_ALPHA, RSLORA)
MEETING_RANK, MEETING_SCALE = 8, 2.0
"""Where all rules give the same scale, so that only what they make of other ranks differs."""


def scale_of(rule: str, rank: int, meeting_rank: int = MEETING_RANK, meeting_scale: float = MEETING_SCALE) -> float:
    """What B A is multiplied by; all rules give `meeting_scale` at `meeting_rank`.

    `fixed α/r` keeps the scale; `fixed α` divides one alpha by the rank, as Hu et al. 2021 write it; `rsLoRA` divides
    it by the square root of the rank (Kalajdzievski 2023, arXiv:2312.03732).
    """
    if rule == FIXED_ALPHA:
        return meeting_scale * meeting_rank / rank
    if rule == RSLORA:
        return meeting_scale * math.sqrt(meeting_rank / rank)
    return meeting_scale


def alpha_of(rule: str, rank: int) -> float:
    """The alpha of plain LoRA that gives this scale."""
    return scale_of(rule, rank) * rank
