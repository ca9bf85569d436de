"""From what users type as MODEL to files: a tier, a store name, a run, a directory, or a GGUF file."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from tutor import paths
from tutor.engine import gguf_file, store
from tutor.engine.tiers import TIERS
from tutor.errors import UsageError, nearest

RUN_GGUFS = ("model-q4_k_m.gguf", "model-f16.gguf")
"""What a run exports, the one to chat with first."""


@dataclass(frozen=True)
class ModelFiles:
    """The files of one model. At least one of `directory` and `gguf` is there."""

    name: str
    """What to type to get it again."""
    label: str
    """For headings and messages."""
    directory: Path | None
    """Safetensors, `config.json` and tokenizer."""
    gguf: Path | None
    """A GGUF file of exactly this model."""
    adapter: Path | None = None
    """The adapter that was merged into a base to make it, in PEFT's format, where a run did that."""


def resolve(name: str) -> ModelFiles:
    """The model that `name` means: tier, store name, run id (or its beginning, or `last`), directory, or `.gguf`.

    Raises:
        UsageError: it means none; the sentence names the nearest, or how to import a tier.
    """
    in_store = {model.name: model for model in store.list_models()}
    if name in in_store:
        model = in_store[name]
        return ModelFiles(name, model.label, model.directory, model.gguf)
    if name in TIERS:
        raise UsageError(f"{name} ({TIERS[name].model}) has not been imported.", f"Import it: tutor import {name}")
    if run := _find_run(name):
        return _of_run(run)
    path = Path(name).expanduser()
    if path.is_dir():
        return _of_directory(path.absolute())
    if path.is_file():
        return _of_file(path.absolute())
    if "/" in name or path.suffix == ".gguf":
        raise UsageError(f"{name} does not exist.", "Check the path.")
    raise UsageError(
        f"There is no model called {name!r}.", nearest(name, [*TIERS, *in_store, *(run.name for run in _runs())])
    )


def chat_gguf(files: ModelFiles) -> Path:
    """The GGUF that llama.cpp should load for this model: its own, else one made of its safetensors and kept.

    Making one takes some seconds for a small model; it starts a process.

    Raises:
        TutorError: the conversion failed.
    """
    if files.gguf:
        return files.gguf
    assert files.directory is not None, files
    return made_gguf(files.directory)


def made_gguf(directory: Path, kind: str = "f16") -> Path:
    """The model in `directory` as a GGUF file that is made of its safetensors once, and kept.

    Args:
        kind: `f16`, or one of `tutor.engine.export.QUANTIZATIONS`.

    Raises:
        TutorError: the conversion failed.
    """
    made = paths.cache_dir() / "gguf" / f"{_fingerprint(directory)}-{kind}.gguf"
    if not made.is_file():
        from tutor.engine.export import quantize_gguf, to_gguf

        if kind == "f16":
            to_gguf(directory, made)
        else:
            quantize_gguf(made_gguf(directory), made, kind)
    return made


ADAPTERS = ("adapter", "qlora/adapter")
"""Where runs keep what they trained."""


def find_adapter(name: str) -> Path | None:
    """The directory of the adapter that `name` means: one in PEFT's format, or a run's; None where it means none."""
    run = paths.runs_dir() / name
    places = [Path(name).expanduser(), *(run / place for place in ADAPTERS)]
    places += [Path(name).expanduser() / place for place in ADAPTERS]
    if name == "last" and (runs := _runs()):
        places = [runs[0] / place for place in ADAPTERS]
    return next((place.absolute() for place in places if (place / "adapter_config.json").is_file()), None)


def base_of(files: ModelFiles) -> ModelFiles | None:
    """The model of the store that a run's adapter belongs to; None without an adapter, or where that model has gone."""
    if files.adapter is None:
        return None
    try:
        config = json.loads((files.adapter / "adapter_config.json").read_bytes())
        name = Path(str(config["base_model_name_or_path"])).name
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return resolve(name) if name in [model.name for model in store.list_models()] else None


def _fingerprint(directory: Path) -> str:
    """Differs when the model in `directory` does: of its manifest, which has all hashes, else of sizes and times."""
    manifest = directory / store.MANIFEST
    if manifest.is_file():
        return hashlib.sha256(manifest.read_bytes()).hexdigest()[:24]
    stats = [(path.name, path.stat()) for path in sorted(directory.iterdir()) if path.is_file()]
    text = "\n".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(f"{directory}\n{text}".encode()).hexdigest()[:24]


def _runs() -> list[Path]:
    """Directories of runs that made a model, newest first."""
    found = [path.parent for path in paths.runs_dir().glob("*/run.toml") if not path.parent.name.startswith(".")]
    with_model = [path for path in found if (path / "merged").is_dir() or _gguf_of_run(path)]
    return sorted(with_model, key=_stamp, reverse=True)


def _stamp(run: Path) -> str:
    stamp = re.search(r"\d{8}-\d{6}", run.name)
    return stamp.group() if stamp else ""


def _gguf_of_run(run: Path) -> Path | None:
    return next((path for name in RUN_GGUFS if (path := run / "gguf" / name).is_file()), None)


def _find_run(name: str) -> Path | None:
    """The run that `name` means, or None.

    Raises:
        UsageError: several begin with it, or it is a run that made no model.
    """
    runs = _runs()
    if name == "last":
        if not runs:
            raise UsageError("No run has made a model yet.", "Train one: tutor --lab lab-lora-cli-help")
        return runs[0]
    matching = [run for run in runs if run.name == name] or [run for run in runs if run.name.startswith(name)]
    if len(matching) > 1:
        raise UsageError(
            f"{len(matching)} runs begin with {name!r}.", "Type more of the name; `tutor runs` lists them."
        )
    if not matching and re.fullmatch(r"[\w.-]+", name) and (paths.runs_dir() / name / "run.toml").is_file():
        raise UsageError(f"The run {name} has made no model.", f"See how far it came: tutor runs show {name}")
    return matching[0] if matching else None


def _of_run(run: Path) -> ModelFiles:
    merged, adapter = (path if path.is_dir() else None for path in (run / "merged", run / "adapter"))
    return ModelFiles(run.name, run.name, merged, _gguf_of_run(run), adapter)


def _of_directory(path: Path) -> ModelFiles:
    if (path / "run.toml").is_file():
        return _of_run(path)
    if not (path / "config.json").is_file():
        raise UsageError(
            f"{path} holds no model: it has no config.json.", "Choose a directory that holds a whole model."
        )
    source = path / store.SOURCE_GGUF
    return ModelFiles(str(path), path.name, path, source if source.is_file() else None)


def _of_file(path: Path) -> ModelFiles:
    if not gguf_file.is_gguf(path):
        raise UsageError(f"{path} is not a GGUF file.", "Give a GGUF file, or the directory of a model.")
    return ModelFiles(str(path), path.name, None, path)
