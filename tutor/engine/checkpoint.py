"""Checkpoints that continue a training exactly: adapter, optimizer and position, without pickle.

A checkpoint is a directory `step-NNNNNN` written whole. `state.json` holds the position, of which learning rate, data
order and dropout are functions, and the SHA-256 of the other files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tutor.engine.training import Training
from tutor.errors import TutorError
from tutor.files import sha256, whole_directory

KEPT = 2
"""How many checkpoints stay: the newest, and one to fall back to."""
TRAIL = "trail"
LONGEST_TRAIL = 16
"""Adapters of earlier checkpoints that stay, to look at how a training went."""
ADAPTER, OPTIMIZER, BEST, STATE = "adapter.safetensors", "optimizer.safetensors", "best.safetensors", "state.json"
TENSORS = (ADAPTER, OPTIMIZER, BEST)
FORMAT = 1


def save(directory: Path, training: Training) -> Path:
    """Write the training's checkpoint into `directory`, drop the oldest, and return its path.

    Raises:
        TutorError: the adapter is not finite (it would replace a good checkpoint), or the disk is full.
    """
    adapter = {name: parameter.detach() for name, parameter in training.parameters.items()}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in adapter.values()):
        raise TutorError(
            f"The adapter's weights are not finite after step {training.done}: training diverged.",
            f"Lower lr (it is {training.settings.lr:g}) and start again; the last good checkpoint is kept.",
        )
    path = directory / f"step-{training.done:06d}"
    with whole_directory(path) as partial:
        save_file(_cpu(adapter), partial / ADAPTER)
        save_file(_cpu(optimizer_tensors(training)), partial / OPTIMIZER)
        save_file(_cpu(training.stopping.best), partial / BEST)  # empty without early stopping
        files = {name: sha256(partial / name) for name in TENSORS}
        state = {
            "format": FORMAT,
            "done": training.done,
            "total": training.total,
            "tokens": training.tokens,
            "heldout": training.stopping.losses,
            "files": files,
        }
        (partial / STATE).write_text(json.dumps(state, indent=2) + "\n")
    for old in found(directory)[KEPT:]:
        _leave_trail(old)
        shutil.rmtree(old)
    return path


def _leave_trail(checkpoint: Path) -> None:
    """Keep the adapter of a checkpoint that goes; where there are many, every second one."""
    trail = checkpoint.parent / TRAIL
    trail.mkdir(exist_ok=True)
    (checkpoint / ADAPTER).rename(trail / f"{checkpoint.name}.safetensors")
    kept = sorted(trail.iterdir())
    for file in kept[1::2] if len(kept) > LONGEST_TRAIL else []:
        file.unlink()


def adapters(directory: Path) -> dict[int, Path]:
    """The adapters that checkpoints in `directory` left, by step, oldest first."""
    files = [*(directory / TRAIL).glob("step-*.safetensors"), *(path / ADAPTER for path in found(directory))]
    names = {file: (file.parent if file.name == ADAPTER else file).stem for file in files}
    return dict(sorted((int(name.removeprefix("step-")), file) for file, name in names.items()))


def found(directory: Path) -> list[Path]:
    """The checkpoints in `directory`, newest first."""
    return sorted(directory.glob("step-*"), reverse=True)


def restore(directory: Path, training: Training, warn: Callable[[str], None]) -> Path | None:
    """Put `training` where the newest whole checkpoint in `directory` left it; None where there is none.

    `warn` is told about every damaged checkpoint that was passed over.

    Raises:
        TutorError: a checkpoint is of another training (the options or the data changed).
    """
    for path in found(directory):
        try:
            state = _read(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            warn(f"Checkpoint {path.name} is damaged ({error}); going back to the one before.")
            continue
        _apply(path, state, training)
        return path
    return None


def _read(path: Path) -> dict[str, Any]:
    """A checkpoint's position and tensors; raises a ValueError where a file is not the one that was written."""
    state: dict[str, Any] = json.loads((path / STATE).read_bytes())
    for name, digest in state["files"].items():
        if sha256(path / name) != digest:
            raise ValueError(f"{name} is not what was written")
    tensors = {name: load_file(path / name) for name in TENSORS}
    losses = [(int(step), float(loss)) for step, loss in state["heldout"]]
    return {name: int(state[name]) for name in ("done", "total", "tokens")} | {"heldout": losses} | tensors


def _apply(path: Path, state: Mapping[str, Any], training: Training) -> None:
    shapes = {name: tensor.shape for name, tensor in state[ADAPTER].items()}
    if state["total"] != training.total or shapes != {name: p.shape for name, p in training.parameters.items()}:
        raise TutorError(
            f"{path.name} belongs to another training: the options or the data have changed since.",
            "Start a new run.",
        )
    with torch.no_grad():
        for name, parameter in training.parameters.items():
            parameter.copy_(state[ADAPTER][name])
    _load_optimizer(training, state[OPTIMIZER])
    training.done, training.tokens = state["done"], state["tokens"]
    training.stopping.losses, training.stopping.best = state["heldout"], state[BEST]


def optimizer_tensors(training: Training) -> dict[str, Tensor]:
    """Adam's moments and step counts as `PARAMETER/exp_avg` and so on; bitsandbytes counts steps as plain numbers."""
    states = training.optimizer.state
    return {
        f"{name}/{key}": torch.as_tensor(value).clone()
        for name, parameter in training.parameters.items()
        for key, value in states[parameter].items()
    }


def _load_optimizer(training: Training, tensors: Mapping[str, Tensor]) -> None:
    order = training.optimizer.state_dict()
    numbers = [number for group in order["param_groups"] for number in group["params"]]
    parameters = [parameter for group in training.optimizer.param_groups for parameter in group["params"]]
    number_of = {id(parameter): number for parameter, number in zip(parameters, numbers, strict=True)}
    order["state"] = {number: {} for number in numbers} if tensors else {}
    for key, tensor in tensors.items():
        name, _, moment = key.rpartition("/")
        counts = tensor.dtype == torch.int64
        order["state"][number_of[id(training.parameters[name])]][moment] = tensor.item() if counts else tensor
    training.optimizer.load_state_dict(order)


def _cpu(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
