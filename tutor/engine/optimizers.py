"""Optimizers for an adapter: AdamW, also with states of 8 bits or in pages, and with LoRA+'s two learning rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from tutor.errors import UsageError

OPTIMIZERS = ("adamw", "adamw8bit", "paged_adamw")


def make_optimizer(
    parameters: Mapping[str, nn.Parameter], kind: str, *, lr: float, weight_decay: float, lora_plus_ratio: float
) -> Any:
    """An optimizer of `kind`, one of `OPTIMIZERS`; the groups' `factor` is what their learning rate is multiplied by.

    Raises:
        UsageError: this machine does not have that optimizer.
    """
    groups = parameter_groups(parameters, lora_plus_ratio)
    if kind == "adamw":
        return torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay, fused=True)
    device = next(iter(parameters.values())).device.type
    if kind == "paged_adamw" and device != "cuda":
        raise UsageError(
            "optimizer=paged_adamw moves its states between a CUDA GPU and main memory, and there is no such GPU.",
            "Set optimizer=adamw, or adamw8bit for a smaller one.",
        )
    try:
        from bitsandbytes import optim
    except ImportError as error:
        raise UsageError(
            f"optimizer={kind} needs the package bitsandbytes, which is not installed.", "Set optimizer=adamw."
        ) from error
    make = optim.AdamW8bit if kind == "adamw8bit" else optim.PagedAdamW
    return make(groups, lr=lr, weight_decay=weight_decay)


def parameter_groups(parameters: Mapping[str, nn.Parameter], lora_plus_ratio: float) -> list[dict[str, Any]]:
    """One group, or for LoRA+ (arXiv:2402.12354) two, of which B learns `lora_plus_ratio` times as fast as A.

    DoRA's magnitudes go with B, as in PEFT.
    """
    if lora_plus_ratio == 1:
        return [{"params": list(parameters.values()), "factor": 1.0}]
    fast = {name for name, parameter in parameters.items() if "lora_B" in name or parameter.ndim == 1}
    return [
        {"params": [each for name, each in parameters.items() if name not in fast], "factor": 1.0},
        {"params": [each for name, each in parameters.items() if name in fast], "factor": lora_plus_ratio},
    ]
