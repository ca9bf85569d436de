"""Activation functions with their slopes, for lesson 2.2.1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.forward import short
from tutor.engine.protocol import Call

__all__ = ["at", "curves", "squash"]

EDGE = 4.0
STEPS = 20
"""Points for every 1 on the axis."""

Function = Callable[[Tensor], Tensor]

FUNCTIONS: dict[str, Function] = {
    "ReLU": functional.relu,
    "GELU": functional.gelu,
    "GELU tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "SiLU": functional.silu,
}
"""ReLU; GELU x·Φ(x) and its approximation (Hendrycks and Gimpel, arXiv:1606.08415); SiLU x·σ(x)."""
SLOGAN = (-3.0, -1.0, -0.75, 0.5, 1.0, 3.0)
SILENT, SAME = 0.01, 0.01
"""A bad flavour is gone below the first, a good one is let through within the second, as a share of it."""


def curves(call: Call, up: float = 1.0) -> dict[str, Any]:
    """Each function at the same places, and SwiGLU: SiLU(x)·up for a gate x and a fixed `up`.

    Returns:
        `x`; `functions`: of each name `y` and `slope` (autograd's) there, and where it is smallest (`low`, `at`).
    """
    x = torch.linspace(-EDGE, EDGE, round(2 * EDGE * STEPS) + 1, dtype=torch.float64)
    named = FUNCTIONS | {"SwiGLU": lambda gate: functional.silu(gate) * up}
    return {
        "x": x.tolist(),
        "functions": {name: _curve(function, x) for name, function in named.items()},
        "source": f"PyTorch {torch.__version__} autograd, float64",
    }


def _curve(function: Function, x: Tensor) -> dict[str, Any]:
    leaf = x.clone().requires_grad_()
    y = function(leaf)
    (slope,) = torch.autograd.grad(y.sum(), leaf)
    fine = torch.linspace(-EDGE, EDGE, 20_001, dtype=torch.float64)
    lowest = function(fine).min(0)
    return {
        "y": [short(value) for value in y.tolist()],
        "slope": [short(value) for value in slope.tolist()],
        "low": lowest.values.item(),
        "at": fine[lowest.indices].item(),
    }


def squash(call: Call) -> dict[str, Any]:
    """Does GELU squash what is negative and pass what is positive?

    Returns:
        `cases`, one for each place; `low`, `at`: its smallest value and where that is.
    """
    places = torch.tensor(SLOGAN, dtype=torch.float64)
    cases = []
    for x, y in zip(SLOGAN, functional.gelu(places).tolist(), strict=True):
        holds = abs(y) < SILENT if x < 0 else abs(y - x) < SAME * x
        cases.append({"name": f"GELU({x:g})", "value": f"{y:+.3f}", "holds": holds})
    curve = _curve(FUNCTIONS["GELU"], places)
    return {"cases": cases, "low": curve["low"], "at": curve["at"], "source": f"PyTorch {torch.__version__}, float64"}


def at(call: Call, x: float) -> dict[str, Any]:
    """What each function makes of `x`, and `none`, which leaves it; as text."""
    place = torch.tensor(x, dtype=torch.float64)
    named = {name: function(place).item() for name, function in FUNCTIONS.items()} | {"none": x}
    found = {name.replace(" ", "_"): f"{value:+.3f}" for name, value in named.items()}
    return found | {"x": x, "source": f"PyTorch {torch.__version__}, float64"}
