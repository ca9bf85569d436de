"""Reading the header of safetensors files: names, types and shapes, without the weights and without trusting the file.

The format: a little-endian u64, that many bytes of JSON, then the tensors' bytes.
https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.errors import TutorError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"

MAX_HEADER_BYTES = 100_000_000
"""The limit of the reference implementation."""

FLOAT_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""The element types a model's weights may have here, and their size in bytes."""
ELEMENT_BYTES = FLOAT_BYTES | {"I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a file."""

    dtype: str
    """As the format names it: `BF16`, `F32`."""
    shape: tuple[int, ...]
    offset: int
    """Bytes from the start of the file."""

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of one safetensors file.

    Raises:
        TutorError: it is not a safetensors file, or it is cut off, or its header contradicts the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        # Checked before it is read: the length is the file's own claim, and nothing may be allocated on its word.
        if size < 10 or length < 2 or length > MAX_HEADER_BYTES:
            raise TutorError(f"{path} is not a safetensors file.", "Models are read from safetensors or GGUF only.")
        if 8 + length > size:
            raise TutorError(f"{path} is cut off: its header alone should be {length:,} bytes.", "Get the file again.")
        raw = file.read(length)
    try:
        header = json.loads(raw)
        return {name: _tensor(entry, 8 + length, size) for name, entry in header.items() if name != "__metadata__"}
    except _Short:
        raise TutorError(
            f"{path} is cut off: it ends before the tensors that its header lists.", "Get the file again."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TutorError(
            f"{path} is not a valid safetensors file: its header is damaged.", "Get the file again."
        ) from None


class _Short(Exception):
    pass


def _tensor(entry: Any, start: int, file_bytes: int) -> TensorInfo:
    shape = tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError
    info = TensorInfo(str(entry["dtype"]), shape, start + begin)
    if end - begin != info.elements * ELEMENT_BYTES[info.dtype]:
        raise ValueError
    if start + end > file_bytes:
        raise _Short
    return info


def weight_files(directory: Path) -> list[Path]:
    """The safetensors files of a model directory: one, or the shards that its index lists.

    Raises:
        TutorError: there are none, or a shard is missing; the sentence says so where there are only pickle files.
    """
    if (directory / SINGLE).is_file():
        return [directory / SINGLE]  # as in transformers, an index beside it is of no account
    if not (directory / INDEX).is_file():
        raise no_safetensors(str(directory), [path.name for path in directory.iterdir()])
    try:
        names = sorted(set(json.loads((directory / INDEX).read_bytes())["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TutorError(f"{directory / INDEX} is damaged.", "Get the model again.") from None
    for name in names:
        # A name with a slash could reach outside the model's directory.
        if not isinstance(name, str) or "/" in name or not (directory / name).is_file():
            raise TutorError(f"{directory} lacks {name}, a part of the model.", "Get the model again.")
    return [directory / name for name in names]


def no_safetensors(where: str, names: list[str]) -> TutorError:
    """Why a place without safetensors files cannot be imported; `names` are the files it has."""
    if any(name.endswith((".bin", ".pt", ".pth", ".ckpt", ".pkl")) for name in names):
        return TutorError(
            f"{where} has its weights only as pickle files, which can run any program when they are opened.",
            "Choose a repository or directory with safetensors files.",
        )
    return TutorError(
        f"{where} has no model.safetensors.", "Choose a repository or directory that holds a whole model."
    )


def read_model(directory: Path) -> dict[str, TensorInfo]:
    """The tensors of a model directory, over all its shards.

    Raises:
        TutorError: see `weight_files` and `read_header`; or a tensor is not of a floating-point type.
    """
    tensors: dict[str, TensorInfo] = {}
    for path in weight_files(directory):
        tensors |= read_header(path)
    odd = next((name for name, info in tensors.items() if info.dtype not in FLOAT_BYTES), None)
    if odd:
        raise TutorError(
            f"{directory} stores {odd} as {tensors[odd].dtype}: its weights are quantized.",
            "Import the original 16-bit model, or a .gguf file.",
        )
    return tensors


def count_parameters(tensors: dict[str, TensorInfo], *, tied: bool) -> int:
    """Parameters of a model, each once: a tied output matrix that is stored again is not counted again."""
    return sum(
        info.elements
        for name, info in tensors.items()
        if name.endswith((".weight", ".bias")) and not (tied and name == "lm_head.weight")
    )


def main_dtype(tensors: dict[str, TensorInfo]) -> str:
    """The element type of most parameters, as torch names it: `bfloat16`, `float32`."""
    by_type: dict[str, int] = {}
    for info in tensors.values():
        by_type[info.dtype] = by_type.get(info.dtype, 0) + info.elements
    names = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
    return names[max(by_type, key=lambda dtype: by_type[dtype])]
