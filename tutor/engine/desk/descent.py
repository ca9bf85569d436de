"""Gradient descent on a curve with two valleys, for lessons 1.1.1 and 1.2.1."""

from __future__ import annotations

import math
from typing import Any

import torch

from tutor.engine.protocol import Call

__all__ = ["path"]

WINDOW = (-2.6, 2.6)
"""The part of the curve that is shown."""
FAR = 1e6
"""Beyond it a path has left for good."""


def loss(w: torch.Tensor) -> torch.Tensor:
    """A curve with a shallow valley on the left and a deeper one on the right."""
    return 0.25 * w**4 - w**2 - 0.35 * w + 1.4


def path(call: Call, start: float, rates: list[float], steps: int = 30, h: float = 1e-6) -> dict[str, Any]:
    """Where gradient descent goes from `start`, once for each learning rate.

    Returns:
        `curve`: points of the curve; `paths`: of each rate, `places` `{w, loss, gradient, slope}` before each step,
        how it `ends`, and its `last` loss. The gradient is autograd's; beside it `slope`, (f(w+h) - f(w-h)) / 2h.
    """
    points = torch.linspace(*WINDOW, 121, dtype=torch.float64)
    return {
        "curve": [[w, y] for w, y in zip(points.tolist(), loss(points).tolist(), strict=True)],
        "paths": [{"rate": rate, **_descend(start, rate, steps, h)} for rate in rates],
        "source": "PyTorch autograd, float64",
    }


def _descend(start: float, rate: float, steps: int, h: float) -> dict[str, Any]:
    w = torch.tensor(start, dtype=torch.float64)
    places = []
    for _ in range(steps + 1):
        value, gradient = _with_gradient(w)
        places.append({"w": w.item(), "loss": value, "gradient": gradient, "slope": _slope(w, h)})
        w = w - rate * gradient
        if not abs(w.item()) < FAR:
            break
    return {"places": places, "ends": _ends(places, steps), "last": places[-1]["loss"]}


def _with_gradient(w: torch.Tensor) -> tuple[float, float]:
    leaf = w.clone().requires_grad_()
    value = loss(leaf)
    (gradient,) = torch.autograd.grad(value, leaf)
    return value.item(), gradient.item()


def _slope(w: torch.Tensor, h: float) -> float:
    return ((loss(w + h) - loss(w - h)) / (2 * h)).item()


def _ends(places: list[dict[str, float]], steps: int) -> str:
    """`diverged`, `settled` where the gradient has all but vanished, `on the way`, or `jumping` to and fro."""
    last = places[-1]
    if len(places) <= steps or not math.isfinite(last["loss"]):
        return "diverged"
    if abs(last["gradient"]) < 0.02:
        return "settled"
    return "on the way" if last["loss"] < places[-2]["loss"] else "jumping"
