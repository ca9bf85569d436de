"""The model store: one directory per imported model, described and checked by its `manifest.json`."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.engine import safetensors_file
from tutor.engine.architecture import Architecture
from tutor.engine.tiers import TIERS
from tutor.errors import TutorError, UsageError, nearest
from tutor.files import PARTIAL, sha256, write_whole

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
SOURCE_GGUF = "source.gguf"
"""The GGUF file a model was imported from, kept so that the chat runs exactly it."""


@dataclass(frozen=True)
class StoredModel:
    """A whole model on disk: safetensors, tokenizer, chat template, and the manifest that vouches for them."""

    directory: Path

    @property
    def name(self) -> str:
        """What users type."""
        return self.directory.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of `manifest.json`.

        Raises:
            TutorError: it is missing or damaged.
        """
        path = self.directory / MANIFEST
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or found.get("format") != MANIFEST_FORMAT:
            raise TutorError(
                f"{path} is missing or damaged.", f"Remove the model and import it again: tutor models rm {self.name}"
            )
        return found

    @property
    def label(self) -> str:
        """Store name and the model's own name, for a heading."""
        model = str(self.manifest["model"])
        return self.name if model == self.name else f"{self.name} ({model})"

    @property
    def tier(self) -> str | None:
        """The course's name for its size, if it has one."""
        return self.name if self.name in TIERS else None

    @property
    def parameters(self) -> int:
        """Counted from the tensors when it was imported."""
        return int(self.manifest["parameters"])

    @property
    def size_bytes(self) -> int:
        """Bytes of all its files."""
        return int(self.manifest["size_bytes"])

    @property
    def gguf(self) -> Path | None:
        """The GGUF file it came from, if it came from one."""
        path = self.directory / SOURCE_GGUF
        return path if path.is_file() else None

    def architecture(self) -> Architecture:
        """Its shape, from `config.json`."""
        return Architecture.read(self.directory)


def list_models() -> list[StoredModel]:
    """Every model in the store: tiers from small to large, then the others by name."""
    found = [
        StoredModel(path.parent) for path in paths.models_dir().glob(f"*/{MANIFEST}") if _is_name(path.parent.name)
    ]
    order = list(TIERS)
    return sorted(found, key=lambda model: (order.index(model.name) if model.name in order else len(order), model.name))


def find(name: str) -> StoredModel:
    """The model called `name` in the store.

    Raises:
        UsageError: there is none; the sentence names the nearest, or how to import a tier.
    """
    if _is_name(name) and (paths.models_dir() / name / MANIFEST).is_file():
        return StoredModel(paths.models_dir() / name)
    if name in TIERS:
        raise UsageError(f"{name} ({TIERS[name].model}) has not been imported.", f"Import it: tutor import {name}")
    names = [model.name for model in list_models()]
    hint = nearest(name, names) if names else "The store is empty; `tutor import nano` needs no network."
    raise UsageError(f"There is no model called {name!r} in the store.", hint)


def verify(name: str) -> list[str]:
    """Hash every file of a model again; one sentence for each that is missing, different or unknown.

    Raises:
        UsageError: there is no such model.
    """
    return problems(find(name))


def problems(model: StoredModel) -> list[str]:
    """What is wrong with the files of `model`, by its manifest; nothing if it is intact."""
    recorded: Mapping[str, str] = model.manifest["files"]
    found = []
    for file, digest in recorded.items():
        path = model.directory / file
        if not path.is_file():
            found.append(f"{file} is missing.")
        elif sha256(path) != digest:
            found.append(f"{file} differs from what was imported.")
    extra = sorted(
        path.name for path in model.directory.iterdir() if path.name not in recorded and path.name != MANIFEST
    )
    return found + [f"{file} was not there when the model was imported." for file in extra]


def remove(name: str) -> int:
    """Delete a model from the store; returns how many bytes its files had.

    Raises:
        UsageError: there is no such model.
    """
    model = find(name)
    size = sum(path.stat().st_size for path in model.directory.rglob("*") if path.is_file())
    shutil.rmtree(model.directory)
    return size


def write_manifest(directory: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the model in `directory` and write its manifest, last of all files.

    `facts` are what only the maker knows: `model` (its name), `source`, and whatever else is worth keeping.

    Raises:
        TutorError: the files do not make a whole model, or its tensors are not what `config.json` describes.
    """
    architecture = Architecture.read(directory)
    tensors = safetensors_file.read_model(directory)
    parameters = safetensors_file.count_parameters(tensors, tied=architecture.tied)
    if parameters != architecture.parameters().total:
        raise TutorError(
            f"{directory.name}: the tensors hold {parameters:,} parameters, "
            f"config.json describes {architecture.parameters().total:,}.",
            "The model is damaged or not what it says; get it again.",
        )
    files = sorted(path for path in directory.iterdir() if path.is_file() and path.name != MANIFEST)
    manifest = {
        "format": MANIFEST_FORMAT,
        **facts,
        "architecture": architecture.model_type,
        "dtype": safetensors_file.main_dtype(tensors),
        "parameters": parameters,
        "size_bytes": sum(path.stat().st_size for path in files),
        "files": {path.name: sha256(path) for path in files},
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    write_whole(directory / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return manifest


def remove_leftovers(directory: Path) -> None:
    """Delete what killed imports left in `directory`; those of living processes stay."""
    for path in directory.glob(f"{PARTIAL}*"):
        owner = re.search(r"-(\d+)-[0-9a-f]{8}$", path.name)
        if owner and _is_alive(int(owner.group(1))):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_name(name: str) -> bool:
    """Whether `name` can be a model's: it never leads out of the store, and hidden directories are not models."""
    return bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name))
