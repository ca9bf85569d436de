"""Merging: W + (alpha / r) B A as one matrix, so that the tuned model needs no adapter."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel

from tutor.engine import store
from tutor.engine.lora import lora_layers
from tutor.files import whole_directory

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
)


@dataclass(frozen=True)
class Change:
    """How far training moved one layer."""

    layer: str
    delta: float
    """Frobenius norm of ΔW, (alpha / r) B A without variants."""
    weight: float
    """Frobenius norm of W before."""

    @property
    def relative(self) -> float:
        """The change as a share of the weight."""
        return self.delta / self.weight


@torch.no_grad()
def fold(model: PeftModel) -> tuple[Any, list[Change]]:
    """Add the adapter to the weights of its model, in place; returns the plain model and every layer's change.

    The sum is computed in the weights' own type: load the model in float32, and round once, when it is stored.
    """
    changes = []
    for name, layer in lora_layers(model).items():
        before = layer.get_base_layer().weight.detach().clone()
        layer.merge()  # PEFT knows what every kind of adapter adds
        delta = layer.get_base_layer().weight - before
        changes.append(Change(name, float(delta.norm()), float(before.norm())))
    return model.unload(), changes


def save_merged(model: Any, base: Path, path: Path, facts: Mapping[str, Any]) -> None:
    """Write a plain model to `path` with the tokenizer files of `base`, described like a model of the store.

    Args:
        facts: what the manifest says about where it comes from (`model`, `source`, ...).

    Raises:
        TutorError: the disk is full, or the tensors are not what the configuration describes.
    """
    with whole_directory(path) as partial:
        model.save_pretrained(partial)
        for name in TOKENIZER_FILES:
            if (base / name).is_file():
                shutil.copy(base / name, partial / name)
        store.write_manifest(partial, facts)
