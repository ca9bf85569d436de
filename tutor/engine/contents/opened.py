"""Opening what a user names: a model, an adapter, one file. What it is, its first bytes say, never its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf.constants import GGMLQuantizationType

from tutor.engine import gguf_file, safetensors_file
from tutor.engine.contents.stored import StoredTensor
from tutor.engine.resolve import find_adapter, resolve
from tutor.errors import TutorError
from tutor.files import read_json

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How PyTorch's own files begin: a zip archive of pickles, or a pickle."""


@dataclass(frozen=True)
class Contents:
    """Everything about a model but its numbers."""

    kind: str
    """`GGUF`, `safetensors` or `adapter`."""
    path: Path
    files: list[Path]
    """Those with tensors."""
    config: dict[str, Any]
    """`config.json` or `adapter_config.json`; of a GGUF file its metadata. Empty for a file of tensors alone."""
    tensors: dict[str, StoredTensor]

    @property
    def parameters(self) -> int:
        """Numbers in all tensors."""
        return sum(tensor.elements for tensor in self.tensors.values())

    @property
    def size(self) -> int:
        """Bytes of all files with tensors."""
        return sum(path.stat().st_size for path in self.files)


def open_contents(name: str) -> Contents:
    """What `name` means: a file, a directory with a model or an adapter, or a model as `resolve` knows them.

    Raises:
        TutorError: a file is damaged or of another kind.
        UsageError: `name` means nothing.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return _of_file(path.absolute())
    if (path / ADAPTER_CONFIG).is_file():
        return _of_adapter(path.absolute())
    if path.is_dir() and not (path / "config.json").is_file() and (found := find_adapter(name)):
        return _of_adapter(found)
    files = resolve(name)
    if files.directory is not None:
        return _of_directory(files.directory)
    assert files.gguf is not None, files
    return _of_file(files.gguf)


def _of_file(path: Path) -> Contents:
    with path.open("rb") as file:
        begins = file.read(9)
    if begins.startswith(gguf_file.MAGIC):
        return _of_gguf(path)
    if begins.startswith(_PICKLES):
        raise TutorError(
            f"{path} is a pickle file, which can run any program when it is opened.",
            "Get the model as safetensors or GGUF.",
        )
    return Contents("safetensors", path, [path], {}, _tensors([path]))


def _of_gguf(path: Path) -> Contents:
    header = gguf_file.read_header(path)
    tensors = {
        name: StoredTensor(name, GGMLQuantizationType(info.type).name, info.shape[::-1], path, info.offset)
        for name, info in header.tensors.items()
    }
    return Contents("GGUF", path, [path], header.metadata, tensors)


def _of_directory(directory: Path) -> Contents:
    files = safetensors_file.weight_files(directory)
    return Contents("safetensors", directory, files, read_json(directory / "config.json"), _tensors(files))


def _of_adapter(directory: Path) -> Contents:
    files = [directory / ADAPTER_WEIGHTS]
    if not files[0].is_file():
        raise TutorError(f"The adapter in {directory} lacks {ADAPTER_WEIGHTS}.", "Get or train it again.")
    return Contents("adapter", directory, files, read_json(directory / ADAPTER_CONFIG), _tensors(files))


def _tensors(files: list[Path]) -> dict[str, StoredTensor]:
    return {
        name: StoredTensor(name, info.dtype, info.shape, path, info.offset)
        for path in files
        for name, info in safetensors_file.read_header(path).items()
    }
