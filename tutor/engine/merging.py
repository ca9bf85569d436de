"""Merging on disk: adapters into their base, or whole models with one another, one file of weights after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tutor.engine import safetensors_file, store
from tutor.engine.adapter_file import AdapterFile, Factors, read_adapter
from tutor.engine.combine import added, average, slerp
from tutor.engine.merge import Change
from tutor.engine.quantized import rounded
from tutor.engine.shards import Progress, readers, rewrite
from tutor.errors import UsageError
from tutor.files import sha256, whole_directory

BLOCK_MATRIX = re.compile(r".*\.layers\.\d+\..*_proj\.weight")
"""The matrices that QLoRA holds in 4 bits."""


@dataclass(frozen=True)
class How:
    """What `merge_adapters` is asked to do."""

    strategy: str = "lora"
    weights: tuple[float, ...] = (1.0,)
    """One for each adapter."""
    density: float = 0.2
    """Share of the numbers kept by the strategies of `combine.SPARSE`; TIES' authors recommend a fifth."""
    seed: int = 42
    """Of DARE's choice."""
    dequantized: bool = False
    """Add to the weights as they were in 4 bits, which a QLoRA adapter was trained on."""


@dataclass(frozen=True)
class Merged:
    """What a merge did."""

    manifest: dict[str, Any]
    changes: list[Change]
    """How far every changed layer moved."""
    rounding: float | None = None
    """How far the base's matrices move when they are rounded to 4 bits, as a share of their norm (QLoRA only)."""


def merge_adapters(
    base: Path, adapters: Sequence[Path], out: Path, how: How, force: bool, progress: Progress
) -> Merged:
    """Write `base` with the adapters in its weights to `out`, whole or not at all.

    Raises:
        UsageError: an adapter was trained on another base (`force` does it all the same), or does not fit this one.
        TutorError: a file is damaged, or the disk is full.
    """
    read = [read_adapter(path) for path in adapters]
    for adapter in read:
        if not force:
            adapter.refuse_other_base(base)
        _refuse_shapes(adapter, base)
    bits = next((adapter.quantized for adapter in read if adapter.quantized), None)
    if how.dequantized and bits is None:
        raise UsageError("None of the adapters was trained on a base in 4 bits.", "Leave --dequantized away.")
    torch.manual_seed(how.seed)
    changes, roundings = [], []

    def change(name: str, tensor: Tensor) -> Tensor:
        weight, layer = tensor.float(), name.removesuffix(".weight")
        if bits and BLOCK_MATRIX.fullmatch(name):
            coarse = rounded(tensor, **bits)
            roundings.append(float((coarse - weight).norm() / weight.norm()))
            weight = coarse if how.dequantized else weight
        factors, weights = _of_layer(read, how.weights, layer)
        if not factors:
            return weight if how.dequantized else tensor
        after = added(weight, factors, weights, how.strategy, how.density)
        changes.append(Change(layer, float((after - weight).norm()), float(weight.norm())))
        return after

    facts = _facts(base, [path.name for path in adapters], how.strategy, how.weights)
    with whole_directory(out) as partial:
        rewrite(base, partial, change, f"Merging into {base.name}", progress, "float16" if how.dequantized else "")
        manifest = store.write_manifest(partial, facts | {"dequantized": bits if how.dequantized else None})
    return Merged(manifest, changes, sum(roundings) / len(roundings) if roundings else None)


def _of_layer(
    adapters: Sequence[AdapterFile], weights: Sequence[float], layer: str
) -> tuple[list[Factors], list[float]]:
    pairs = zip(adapters, weights, strict=True)
    found = [(adapter.layers[layer], weight) for adapter, weight in pairs if layer in adapter.layers]
    return [factors for factors, _ in found], [weight for _, weight in found]


def _refuse_shapes(adapter: AdapterFile, base: Path) -> None:
    tensors = safetensors_file.read_model(base)
    for layer, factors in adapter.layers.items():
        info = tensors.get(f"{layer}.weight")
        if info is None or info.shape != (len(factors.b), factors.a.shape[1]):
            raise UsageError(
                f"The adapter in {adapter.directory} does not fit {base}: {layer} is another matrix there.",
                "Give the model it was trained on.",
            )


def merge_models(
    models: Sequence[Path], out: Path, strategy: str, weights: Sequence[float], force: bool, progress: Progress
) -> Merged:
    """Write the average of `models`, or the point between two of them (`slerp`), to `out`, whole or not at all.

    Raises:
        UsageError: they are of different shapes, or split text differently (`force` averages those all the same).
    """
    if strategy == "slerp" and len(models) != 2:
        raise UsageError(f"slerp goes from one model to another; {len(models)} were given.", "Choose average.")
    _refuse_strangers(models, force)
    mix, changes = slerp if strategy == "slerp" else average, []
    with ExitStack() as stack, whole_directory(out) as partial:
        others = [stack.enter_context(readers(model)) for model in models[1:]]

        def change(name: str, tensor: Tensor) -> Tensor:
            after = mix([tensor, *(read(name) for read in others)], weights)
            before = tensor.float()
            changes.append(Change(name.removesuffix(".weight"), float((after - before).norm()), float(before.norm())))
            return after

        rewrite(models[0], partial, change, f"Merging {len(models)} models", progress)
        names = [model.name for model in models]
        manifest = store.write_manifest(partial, _facts(models[0], names[1:], strategy, weights))
    return Merged(manifest, changes)


def _refuse_strangers(models: Sequence[Path], force: bool) -> None:
    shapes = [{name: info.shape for name, info in safetensors_file.read_model(model).items()} for model in models]
    for model, shape in zip(models[1:], shapes[1:], strict=True):
        if shape != shapes[0]:
            raise UsageError(f"{model} and {models[0]} have other matrices.", "Only models of one shape can be mixed.")
        files = [path / "tokenizer.json" for path in (models[0], model)]
        if not force and all(path.is_file() for path in files) and sha256(files[0]) != sha256(files[1]):
            raise UsageError(f"{model} and {models[0]} split text differently.", "Mix them all the same with --force.")


def _facts(base: Path, merged: Sequence[str], strategy: str, weights: Sequence[float]) -> dict[str, Any]:
    origin = store.StoredModel(base).manifest if (base / store.MANIFEST).is_file() else {}
    name = str(origin.get("model", base.name))
    return {
        "model": f"{name} with {', '.join(merged)}",
        "source": f"tutor merge --strategy {strategy}",
        "base": origin.get("base") or {"name": name, "source": origin.get("source"), "path": str(base)},
        "license": origin.get("license"),
        "merge": {"strategy": strategy, "weights": list(weights), "of": list(merged)},
    }
