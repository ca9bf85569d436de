"""LoRA adapters (Hu et al. 2021): W x + (alpha / r) B A x, where only A `[r, in]` and B `[out, r]` are trained."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from torch import Tensor, nn

from tutor.engine.adapter_file import write_adapter_manifest
from tutor.engine.architecture import PRESETS, layers_named
from tutor.engine.quantized import how_quantized
from tutor.errors import UsageError
from tutor.files import whole_directory

ADAPTER = "default"
"""The name PEFT gives to the only adapter of a model."""
INITS = ("default", "pissa")
"""What A and B begin as: A random and B zero, or the largest singular directions of W (PiSSA, arXiv:2404.02948)."""
OPTIONS = ("r", "alpha", "dropout", "targets", "seed", "rslora", "dora", "init")
"""Options of a lab that `add_adapter` takes."""


def adapter_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those among the options of a lab that `add_adapter` takes."""
    return {name: options[name] for name in OPTIONS if name in options}


def add_adapter(
    model: Any,
    *,
    r: int,
    alpha: float,
    dropout: float,
    targets: Sequence[str],
    seed: int,
    rslora: bool = False,
    dora: bool = False,
    init: str = "default",
) -> PeftModel:
    """Freeze `model` and add a new adapter to its `targets`; its weights are float32 whatever the model's type.

    Args:
        targets: names of layers, or of `architecture.PRESETS`.
        rslora: scale by alpha / sqrt(r), which keeps large ranks learning (arXiv:2312.03732).
        dora: learn each output's magnitude apart from its direction (arXiv:2402.09353).
        init: one of `INITS`. `pissa` takes out of W what A and B begin with, so the frozen weights change too.

    Raises:
        UsageError: a value makes no sense, or the model has no layer called like one of `targets`.
    """
    layers = layers_named(targets)
    _refuse(model, r, alpha, dropout, layers, dora, init)
    torch.manual_seed(seed)
    config = LoraConfig(
        r=r,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=layers,
        use_rslora=rslora,
        use_dora=dora,
        init_lora_weights=True if init == "default" else init,
        task_type="CAUSAL_LM",
    )
    adapted = _with_fast_dropout(get_peft_model(model, config))
    if init == "pissa":
        adapted.pissa_start = {name: parameter.detach().clone() for name, parameter in trainable(adapted).items()}
    return adapted


def _refuse(model: Any, r: int, alpha: float, dropout: float, layers: Sequence[str], dora: bool, init: str) -> None:
    have = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    known = ", ".join(sorted({*have, *PRESETS}))
    if unknown := sorted(set(layers) - have):
        raise UsageError(f"The model has no layer {', '.join(unknown)}.", f"targets can be: {known}.")
    if not layers:
        raise UsageError("targets names no layer, so nothing would be trained.", f"It can be: {known}.")
    if init not in INITS:
        raise UsageError(f"init cannot be {init!r}.", f"It can be: {', '.join(INITS)}.")
    if init == "pissa" and dora:
        raise UsageError("init=pissa and dora=true both change what the frozen weights mean.", "Choose one of them.")
    for name, value in (("r", r), ("alpha", alpha)):
        if value <= 0:
            raise UsageError(f"{name} must be more than 0.", f"It is {value}.")
    if not 0 <= dropout < 1:
        raise UsageError("dropout must be at least 0 and less than 1.", f"It is {dropout}.")


def load_adapter(model: Any, directory: Path) -> PeftModel:
    """`model` with the adapter that was saved in `directory`, for inference."""
    return PeftModel.from_pretrained(model, str(directory)).eval()


def save_adapter(model: PeftModel, path: Path) -> None:
    """Write the adapter to the directory `path` in PEFT's format, for the base model as it was, with a manifest.

    After PiSSA that is one of twice the rank: what was learned, less what was taken out of the weights at the start,
    B A - B0 A0 = [B, -B0] [A; A0]. It differs from what was trained by the rounding of the weights that were left.
    """
    with whole_directory(path) as partial:
        model.save_pretrained(str(partial))
        (partial / "README.md").unlink()  # PEFT's model card is an empty form
        if start := getattr(model, "pissa_start", None):
            _undo_pissa(partial, model, start)
        base = Path(model.get_base_model().config.name_or_path)
        if (base / "config.json").is_file():  # a model that was made in memory has no name that could be given
            write_adapter_manifest(partial, base, how_quantized(model.get_base_model()))


def _undo_pissa(directory: Path, model: PeftModel, start: Mapping[str, Tensor]) -> None:
    config: Any = copy.copy(model.peft_config[ADAPTER])
    config.r, config.init_lora_weights, config.inference_mode = 2 * config.r, True, True
    config.lora_alpha *= math.sqrt(2) if config.use_rslora else 2  # the scaling stays what it was
    config.save_pretrained(str(directory))
    tensors = {}
    for name, parameter in trainable(model).items():
        now, before = parameter.detach().cpu(), start[name].cpu()
        both = torch.cat((now, before)) if "lora_A" in name else torch.cat((now, -before), dim=1)
        tensors[name.replace(f".{ADAPTER}.", ".")] = both.contiguous()
    save_file(tensors, directory / "adapter_model.safetensors", metadata={"format": "pt"})


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
