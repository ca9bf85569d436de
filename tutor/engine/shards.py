"""Changing a model's weights file by file, so that never more than one of its files is in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tutor.engine import safetensors_file
from tutor.engine.merge import TOKENIZER_FILES
from tutor.errors import TutorError

Progress = Callable[[int, int, str, str], None]
Change = Callable[[str, Tensor], Tensor]
"""From a tensor's name and value to its new value."""


def rewrite(source: Path, target: Path, change: Change, label: str, progress: Progress, dtype: str = "") -> None:
    """Write the model in `source` to the existing directory `target`, every tensor changed and rounded once.

    Args:
        dtype: of all tensors of the copy; each one's own where none is given.

    Raises:
        TutorError: a file is damaged, or a changed tensor has numbers that are not finite.
    """
    files = safetensors_file.weight_files(source)
    total, done = sum(path.stat().st_size for path in files), 0
    index: dict[str, str] = {}
    for path in files:
        tensors = {}
        with safe_open(path, "pt") as reader:
            for name in reader.keys():  # noqa: SIM118 -- it is no mapping
                before = reader.get_tensor(name)
                after = change(name, before).to(getattr(torch, dtype) if dtype else before.dtype)
                if not torch.isfinite(after).all():
                    raise TutorError(f"{name} of {source.name} would hold numbers that are not finite.", "Use less.")
                tensors[name] = after.contiguous()
                done += before.numel() * before.element_size()
                progress(done, total, "B", label)
        save_file(tensors, target / path.name, metadata={"format": "pt"})
        index |= dict.fromkeys(tensors, path.name)
    if len(files) > 1:
        size = sum(info.stat().st_size for info in target.glob("*.safetensors"))
        text = json.dumps({"metadata": {"total_size": size}, "weight_map": index}, indent=2)
        (target / safetensors_file.INDEX).write_text(text + "\n")
    _copy_companions(source, target, dtype)


def _copy_companions(source: Path, target: Path, dtype: str) -> None:
    for name in (*TOKENIZER_FILES, "generation_config.json"):
        if (source / name).is_file():
            shutil.copy(source / name, target / name)
    config = json.loads((source / "config.json").read_bytes())
    if dtype:
        config = {key: value for key, value in config.items() if key != "torch_dtype"} | {"dtype": dtype}
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")


@contextmanager
def readers(model: Path) -> Iterator[Callable[[str], Tensor]]:
    """A function that reads one tensor of a model by its name."""
    with ExitStack() as stack:
        opened = [stack.enter_context(safe_open(path, "pt")) for path in safetensors_file.weight_files(model)]
        place = {name: reader for reader in opened for name in reader.keys()}  # noqa: SIM118
        yield lambda name: place[name].get_tensor(name)
