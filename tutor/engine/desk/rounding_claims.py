"""How large rounding errors are on random weights, for the fact check on percentages of lesson 3.1.1."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.protocol import Call
from tutor.engine.rounding import relative_error, rounded

__all__ = ["percentages"]

CLAIMS = {"bf16": ("row", 0.0, 0.0), "int8": ("row", 0.5, 1.5), "NF4": ("block", 3.0, 5.0), "FP4": ("block", 3.0, 5.0)}
"""Scales of a format, and from how many to how many percent the slogan puts its loss."""


def percentages(call: Call, size: int = 512) -> dict[str, Any]:
    """Do 16 bits lose nothing, 8 bits about 1 %, and 4 bits 3 to 5 %? As errors of normally distributed weights.

    Returns:
        `cases`; `errors` in percent by format.
    """
    weight = torch.randn(size, size, generator=torch.Generator().manual_seed(0)) * 0.02
    errors = {
        name: 100 * relative_error(weight, rounded(weight, name, group)) for name, (group, _, _) in CLAIMS.items()
    }
    cases = [
        {"name": f"{name}, a scale per {group}", "value": f"{errors[name]:.2g} %", "holds": low <= errors[name] <= high}
        for name, (group, low, high) in CLAIMS.items()
    ]
    return {"cases": cases, "errors": errors, "source": f"{size} × {size} normally distributed weights, rounded now"}
