"""Low-rank adaptation of a linear layer."""

import torch
from torch import nn


class LoraLinear(nn.Module):
    """A frozen linear layer and a trained low-rank difference (Hu et al., 2021).

    Attributes:
        base: the frozen layer
        lora_a: [rank, in], starts at random
        lora_b: [out, rank], starts at zero
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """base(x) + (alpha / rank) · x · Aᵀ · Bᵀ, for x of [..., in]."""
        raise NotImplementedError

    def merged(self) -> nn.Linear:
        """A plain layer that computes the same; `base` is left as it is."""
        raise NotImplementedError
