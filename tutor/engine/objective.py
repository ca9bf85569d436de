"""The loss of a preference pair, in PyTorch alone.

With h = [log π(chosen) - log π(rejected)] - [log π_ref(chosen) - log π_ref(rejected)], it is -log σ(β h) (`sigmoid`,
Rafailov et al. 2023, equation 7), or (h - 1 / (2 β))² (`ipo`, Azar et al. 2023, equation 17).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from tutor.errors import UsageError

LOSSES = ("sigmoid", "ipo")


@dataclass(frozen=True)
class Objective:
    """Which loss, and how hard the reference holds."""

    loss: str
    beta: float
    """A large one keeps the model near the reference."""

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise UsageError(f"loss cannot be {self.loss!r}.", f"It can be: {', '.join(LOSSES)}.")
        if self.beta < 0 or (self.loss == "ipo" and self.beta == 0):
            raise UsageError(f"beta cannot be {self.beta:g} with the loss {self.loss}.", "Choose more than 0.")

    def of(self, advantage: Tensor) -> Tensor:
        """The loss where the policy's margin is so many nats above the reference's."""
        if self.loss == "sigmoid":
            return -logsigmoid(self.beta * advantage)
        return (advantage - 1 / (2 * self.beta)) ** 2

    def of_all(self, advantages: Sequence[float]) -> list[float]:
        """`of` for numbers."""
        return [float(loss) for loss in self.of(torch.tensor(advantages, dtype=torch.float64))]

    @property
    def first(self) -> float:
        """What it must be before the first step, when policy and reference are the same: ln 2, or 1 / (4 β²)."""
        return float(self.of(torch.zeros(())))
