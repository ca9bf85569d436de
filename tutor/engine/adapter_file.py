"""A LoRA adapter on disk, in PEFT's format: its matrices, and the manifest that says which base it was trained on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from tutor.engine import safetensors_file, store
from tutor.engine.lora_gguf import PLAIN
from tutor.errors import TutorError, UsageError
from tutor.files import read_json, sha256, write_whole

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
KEY = re.compile(r"base_model\.model\.(.+)\.lora_(A|B|magnitude_vector)(?:\.weight)?")


@dataclass(frozen=True)
class Factors:
    """What an adapter adds to one layer: scaling · B A."""

    a: Tensor
    """`[r, in]`"""
    b: Tensor
    """`[out, r]`"""
    scaling: float
    magnitude: Tensor | None = None
    """DoRA's length of every row of the sum, `[out]`."""


@dataclass(frozen=True)
class AdapterFile:
    """A whole adapter, read."""

    directory: Path
    layers: dict[str, Factors]
    """By the layer's name in the base model, such as `model.layers.0.self_attn.q_proj`."""
    manifest: dict[str, Any]
    """Empty where whoever trained it left none."""

    @property
    def quantized(self) -> dict[str, Any] | None:
        """How the base was rounded to 4 bits while this was trained, or None."""
        return self.manifest.get("quantized")

    def refuse_other_base(self, base: Path) -> None:
        """Raise `UsageError` unless the manifest says that this was trained on the very weights in `base`."""
        if not self.manifest:
            raise UsageError(
                f"The adapter in {self.directory} does not say which model it was trained on: it has no manifest.",
                "If you know that it was this one, merge it with --force.",
            )
        trained_on = self.manifest["base"]
        if trained_on["weights"] != weights_digest(base):
            raise UsageError(
                f"The adapter in {self.directory} was trained on other weights ({trained_on['name']}) than {base} has.",
                "Give the model it was trained on, or merge it all the same with --force.",
            )


def is_adapter(directory: Path) -> bool:
    """Whether a directory holds an adapter in PEFT's format."""
    return (directory / CONFIG).is_file()


def read_adapter(directory: Path) -> AdapterFile:
    """The adapter in `directory`.

    Raises:
        TutorError: it is damaged, or changes more than linear layers by B A.
    """
    config = read_json(directory / CONFIG)
    if other := [name for name, plain in PLAIN.items() if name != "use_dora" and (config.get(name) or plain) != plain]:
        raise TutorError(f"The adapter in {directory} uses {', '.join(other)}.", "Merge it with PEFT itself.")
    try:
        tensors = load_file(directory / WEIGHTS)
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
        scaling = alpha / (rank**0.5 if config.get("use_rslora") else rank)
        layers = {name: Factors(scaling=scaling, **parts) for name, parts in _by_layer(tensors).items()}
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, SafetensorError) as error:
        raise TutorError(f"The adapter in {directory} cannot be read: {error}.", "Get or train it again.") from error
    manifest = directory / store.MANIFEST
    return AdapterFile(directory, layers, read_json(manifest) if manifest.is_file() else {})


def _by_layer(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        match = KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"it has a matrix {key}, which is none of a linear layer")
        part = {"A": "a", "B": "b", "magnitude_vector": "magnitude"}[match[2]]
        found.setdefault(match[1], {})[part] = tensor.float()
    return found


def write_adapter_manifest(directory: Path, base: Path, quantized: Mapping[str, Any] | None) -> None:
    """Say in `directory` which model an adapter was trained on, last of all its files.

    Args:
        quantized: `quant`, `double_quant` and `dtype` where the base was held in 4 bits.
    """
    origin = store.StoredModel(base).manifest if (base / store.MANIFEST).is_file() else {}
    files = sorted(path for path in directory.iterdir() if path.name != store.MANIFEST)
    manifest = {
        "format": store.MANIFEST_FORMAT,
        "kind": "adapter",
        "base": {
            "name": str(origin.get("model", base.name)),
            "source": origin.get("source"),
            "license": origin.get("license"),
            "weights": weights_digest(base),
        },
        "quantized": dict(quantized) if quantized else None,
        "files": {path.name: sha256(path) for path in files},
    }
    write_whole(directory / store.MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def weights_digest(model: Path) -> str:
    """SHA-256 over names and hashes of a model's weight files; the hashes are its manifest's where it has one."""
    recorded = store.StoredModel(model).manifest["files"] if (model / store.MANIFEST).is_file() else {}
    files = safetensors_file.weight_files(model)
    lines = [f"{path.name} {recorded.get(path.name) or sha256(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
