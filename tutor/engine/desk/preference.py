"""The loss of one preference pair, for the briefing of lab-dpo-preference."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.objective import Objective
from tutor.engine.protocol import Call

__all__ = ["desk"]

REACH = 40.0
"""Nats to each side that the curve shows."""
POINTS = 81


def desk(
    call: Call, beta: float = 0.1, chosen: float = 0.0, rejected: float = 0.0, loss: str = "sigmoid"
) -> dict[str, Any]:
    """The lab's own loss where both answers of a pair have moved so many nats from the reference.

    Returns:
        `h` = chosen - rejected in nats, the `rewards` β · chosen and β · rejected, `wins`: σ(β h), the probability with
        which the chosen answer wins (Bradley and Terry, 1952), `loss` and its `gradient` by h (autograd), the loss
        `before` anything moved, and the `curve` of the loss over h.
    """
    objective = Objective(loss, beta)
    h = torch.tensor(chosen - rejected, dtype=torch.float64, requires_grad=True)
    found = objective.of(h)
    found.backward()  # type: ignore[no-untyped-call]
    places = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    assert h.grad is not None
    return {
        "h": h.item(),
        "rewards": [beta * chosen, beta * rejected],
        "wins": torch.sigmoid(beta * h).item(),
        "loss": found.item(),
        "gradient": h.grad.item(),
        "before": objective.first,
        "curve": [[x, y] for x, y in zip(places.tolist(), objective.of(places).tolist(), strict=True)],
        "source": "the loss of lab-dpo-preference, PyTorch autograd, float64",
    }
