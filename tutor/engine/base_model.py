"""The model that a lab works with, found by its option `model`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tutor.engine import resolve
from tutor.engine.importing import import_model
from tutor.engine.tiers import default_model
from tutor.errors import UsageError


class LabRun(Protocol):
    """What is needed of a run (`tutor.runs.context.Run`)."""

    config: Any
    results: dict[str, dict[str, Any]]

    def result(self, name: str, value: Any, unit: str = "", note: str = "") -> None: ...
    def progress(self, stage: str, done: int, total: int, unit: str) -> None: ...
    def raise_if_stopped(self) -> None: ...


def prepare_model(run: LabRun) -> Path:
    """The directory of the run's model; the embedded one is unpacked where that is still to do.

    Raises:
        UsageError: there is no such model, or it has no safetensors.
    """
    wanted = default_model() if run.config.model == "auto" else run.config.model
    # `auto` must stay what it was when the run began.
    name = run.results["model"]["value"] if "model" in run.results else wanted

    def progress(done: int, total: int, unit: str, _label: str) -> None:
        run.raise_if_stopped()
        run.progress("model", done, total, unit)

    if name == "nano":
        import_model(name, progress=progress)
    files = resolve.resolve(name)
    if files.directory is None:
        raise UsageError(
            f"{files.label} is a GGUF file; this lab needs safetensors.", f"Import it first: tutor import {name}"
        )
    run.result("model", name, note=files.label)
    return files.directory
