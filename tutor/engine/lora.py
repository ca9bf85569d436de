"""LoRA adapters (Hu et al. 2021): W x + (alpha / r) B A x, where only A `[r, in]` and B `[out, r]` are trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from tutor.errors import UsageError
from tutor.files import whole_directory


def add_adapter(model: Any, *, r: int, alpha: float, dropout: float, targets: Sequence[str], seed: int) -> PeftModel:
    """Freeze `model` and add a new adapter to its `targets`; its weights are float32 whatever the model's type.

    Raises:
        UsageError: the model has no layer called like one of `targets`.
    """
    have = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    if unknown := sorted(set(targets) - have):
        raise UsageError(f"The model has no layer {', '.join(unknown)}.", f"targets can be: {', '.join(sorted(have))}.")
    torch.manual_seed(seed)
    config = LoraConfig(
        r=r, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(targets), task_type="CAUSAL_LM"
    )
    return _with_fast_dropout(get_peft_model(model, config))


def load_adapter(model: Any, directory: Path) -> PeftModel:
    """`model` with the adapter that was saved in `directory`, for inference."""
    return PeftModel.from_pretrained(model, str(directory)).eval()


def save_adapter(model: PeftModel, path: Path) -> None:
    """Write the adapter to the directory `path` in PEFT's format."""
    with whole_directory(path) as partial:
        model.save_pretrained(str(partial))
        (partial / "README.md").unlink()  # PEFT's model card is an empty form


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """What the optimizer changes, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def lora_layers(model: nn.Module) -> dict[str, LoraLayer]:
    """The layers that carry an adapter, by the name they have in the base model."""
    layers = {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}
    return {name.removeprefix("base_model.model."): layer for name, layer in layers.items()}


class ByteDropout(nn.Module):
    """Dropout that draws one random byte an element, so its rate is a multiple of 1/256.

    PyTorch's own draws a random float per element, in one thread: on a CPU that was a sixth of a LoRA step.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._threshold = round(rate * 256)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        keep = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self._threshold
        # Two products, so that the backward pass keeps a byte an element and not a float.
        return x * keep * (256 / (256 - self._threshold))


def _with_fast_dropout(model: PeftModel) -> PeftModel:
    for layer in lora_layers(model).values():
        for name, dropout in layer.lora_dropout.items():
            if isinstance(dropout, nn.Dropout) and next(model.parameters()).device.type == "cpu":
                layer.lora_dropout[name] = ByteDropout(dropout.p)
    return model
