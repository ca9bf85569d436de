"""Early stopping: keep the adapter that was best on held-out data, and end when it has not been beaten for long."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class EarlyStopping:
    """What the held-out losses of a training say. With a `patience` of 0 it never stops and keeps nothing."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        """Measurements without a new best one, after which training ends."""
        self.losses: list[tuple[int, float]] = []
        """(step, held-out loss) of every measurement."""
        self.best: dict[str, Tensor] = {}
        """A copy of the parameters at the lowest of them."""

    @property
    def best_step(self) -> int:
        """The step of the lowest loss, the earlier of two."""
        return min(self.losses, key=lambda each: each[1])[0]

    @property
    def exhausted(self) -> bool:
        """Whether it has waited long enough."""
        if not self.patience or not self.losses:
            return False
        since = [step for step, _ in self.losses if step > self.best_step]
        return len(since) >= self.patience

    def observe(self, step: int, loss: float, parameters: Mapping[str, nn.Parameter]) -> None:
        """Take the held-out loss after `step`; keep the parameters if it is the lowest."""
        if not self.patience:
            return
        self.losses.append((step, loss))
        if self.best_step == step:
            self.best = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def put_back(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """Make the best parameters those of the model, where some were kept."""
        for name, tensor in self.best.items():
            parameters[name].copy_(tensor)
