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
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """base(x) + (alpha / rank) · x · Aᵀ · Bᵀ, for x of [..., in]."""
        return self.base(x) + self.scale * (x @ self.lora_a.T @ self.lora_b.T)

    def merged(self) -> nn.Linear:
        """A plain layer that computes the same; `base` is left as it is."""
        layer = nn.Linear(self.base.in_features, self.base.out_features, bias=self.base.bias is not None)
        with torch.no_grad():
            layer.weight.copy_(self.base.weight + self.scale * self.lora_b @ self.lora_a)
            if self.base.bias is not None:
                layer.bias.copy_(self.base.bias)
        return layer
