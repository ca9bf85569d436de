"""Putting a model into the store, whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from tutor import paths
from tutor.engine import store
from tutor.engine.hub import Progress
from tutor.engine.origins import Origin, find_origin
from tutor.engine.store import StoredModel
from tutor.errors import TutorError
from tutor.files import disk_errors, whole_directory
from tutor.text import human_bytes


def import_model(source: str, output: Path | None = None, progress: Progress | None = None) -> StoredModel:
    """Put the model at `source` into the store, or into the directory `output`, and return it.

    `source` is a tier, `hf://ORG/NAME[@REVISION]`, a directory with safetensors, or a GGUF file. The embedded model, or
    one of the Hub, is returned as it is if it is already there and intact. `progress` is called with
    `(done, total, unit, label)`.

    Raises:
        TutorError: the source does not exist, cannot be reached, is damaged or is of a kind that is not read here; or
            the disk is full. Nothing but what a repeated download can go on from is left behind.
    """
    origin = find_origin(source)
    target = output.expanduser().absolute() if output else paths.models_dir() / origin.name
    with disk_errors(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        store.remove_leftovers(target.parent)
    if _is_there(target, origin):
        return StoredModel(target)
    _check_space(target.parent, origin)
    with whole_directory(target) as partial:
        facts = origin.fetch(partial, target.parent, progress or _silent)
        store.write_manifest(partial, facts)
    return StoredModel(target)


def _silent(_done: int, _total: int, _unit: str, _label: str) -> None:
    pass


def _is_there(target: Path, origin: Origin) -> bool:
    """Whether `target` already holds exactly this model. Anything else that is there must not be overwritten."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return False
    if not (target / store.MANIFEST).is_file():
        raise TutorError(f"{target} is already there and is no model of tutor's.", "Choose another place with -o DIR.")
    held = StoredModel(target)
    if held.manifest.get("source") != origin.source:
        raise TutorError(
            f"There is already a model called {target.name}, from {held.manifest.get('source')}.",
            f"Remove it (tutor models rm {target.name}) or choose another place with -o DIR.",
        )
    return origin.fixed and not store.problems(held)


def _check_space(directory: Path, origin: Origin) -> None:
    needed, free = origin.inspect(), shutil.disk_usage(directory).free
    if needed > free:
        raise TutorError(
            f"{origin.name} needs {human_bytes(needed)}, and the disk of {directory} has {human_bytes(free)} left.",
            "Free some space and try again.",
        )
