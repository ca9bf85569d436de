"""Reading the header of GGUF files: metadata and tensor shapes, without the weights and without trusting the file.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.errors import TutorError

MAGIC = b"GGUF"
VERSIONS = (2, 3)

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Value types of the format that have a fixed size, as `struct` codes."""

_SMALLEST_VALUE = 13
"""Bytes of the shortest key with its value: a length of 8, a type of 4, one byte."""
_SMALLEST_TENSOR = 24
"""Bytes of the shortest tensor entry: a length of 8, dimensions 4, type 4, offset 8."""
_MAX_DIMENSIONS = 4
_DEFAULT_ALIGNMENT = 32


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of the file."""

    shape: tuple[int, ...]
    """Fastest dimension first, as the file lists it: `(inputs, outputs)` for a linear layer."""
    type: int
    """A `ggml_type` number."""
    offset: int
    """Bytes from the start of the file."""
    size: int
    """Bytes."""

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class GgufHeader:
    """Everything in a GGUF file but the weights."""

    metadata: dict[str, Any]
    tensors: dict[str, TensorInfo]

    @property
    def architecture(self) -> str:
        """`llama`, `qwen2`."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def parameters(self) -> int:
        """Numbers in all tensors."""
        return sum(info.elements for info in self.tensors.values())


def is_gguf(path: Path) -> bool:
    """Whether a file begins as a GGUF file does, whatever it is called."""
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def read_header(path: Path) -> GgufHeader:
    """Metadata and tensors of a GGUF file; checks that every tensor lies inside the file.

    Raises:
        TutorError: it is not a GGUF file, of an unknown version, damaged, or cut off.
    """
    size = path.stat().st_size
    if size < 24 or not is_gguf(path):
        raise TutorError(f"{path} is not a GGUF file.", "Models are read from safetensors or GGUF only.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            header = _Reader(data).header()
        except _CutOff:
            raise TutorError(f"{path} is cut off inside its header.", "Get the file again.") from None
        except (ValueError, KeyError, UnicodeDecodeError) as error:
            raise TutorError(f"{path} is a damaged GGUF file: {error}.", "Get the file again.") from None
    needed = max((info.offset + info.size for info in header.tensors.values()), default=0)
    if needed > size:
        raise TutorError(
            f"{path} is cut off: it has {size:,} bytes and its header describes {needed:,}.", "Get the file again."
        )
    return header


class _CutOff(Exception):
    """The file ends before what it announces."""


class _Reader:
    """Reads forward through the file. No count in it is believed before the file is seen to be long enough."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = len(MAGIC)

    def header(self) -> GgufHeader:
        version = self.scalar("I")
        if version not in VERSIONS:
            raise ValueError(f"version {version} is none of {VERSIONS}")
        tensor_count, value_count = self.scalar("Q"), self.scalar("Q")
        self.need(value_count * _SMALLEST_VALUE + tensor_count * _SMALLEST_TENSOR)
        metadata = {}
        for _ in range(value_count):
            key = self.string()
            metadata[key] = self.value(self.scalar("I"))
        entries = [self.tensor() for _ in range(tensor_count)]
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if type(alignment) is not int or alignment < 1 or alignment & (alignment - 1):
            raise ValueError(f"an alignment of {alignment!r} is not a power of two")
        start = -(-self.at // alignment) * alignment
        tensors = {
            name: TensorInfo(shape, kind, start + offset, _bytes(shape, kind)) for name, shape, kind, offset in entries
        }
        if len(tensors) != tensor_count:
            raise ValueError("two tensors have the same name")
        return GgufHeader(metadata, tensors)

    def need(self, count: int) -> None:
        if count > len(self.data) - self.at:
            raise _CutOff

    def take(self, count: int) -> bytes:
        self.need(count)
        self.at += count
        return self.data[self.at - count : self.at]

    def scalar(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        return self.take(self.scalar("Q")).decode()

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            return self.array()
        if kind not in _SCALARS:
            raise ValueError(f"there is no value type {kind}")
        return self.scalar(_SCALARS[kind])

    def array(self) -> list[Any]:
        kind, count = self.scalar("I"), self.scalar("Q")
        if kind == _STRING:
            self.need(count * 8)
            return [self.string() for _ in range(count)]
        if kind not in _SCALARS:
            raise ValueError(f"there is no array of value type {kind}")
        code = _SCALARS[kind]
        raw = self.take(count * struct.calcsize("<" + code))
        return list(struct.unpack(f"<{count}{code}", raw))

    def tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, dimensions = self.string(), self.scalar("I")
        if dimensions > _MAX_DIMENSIONS:
            raise ValueError(f"tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self.scalar("Q") for _ in range(dimensions))
        return name, shape, self.scalar("I"), self.scalar("Q")


def _bytes(shape: tuple[int, ...], kind: int) -> int:
    """Size of a tensor: `kind` packs blocks of so many numbers into so many bytes."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    elements = math.prod(shape)
    if elements % block:
        raise ValueError(f"{elements} numbers do not fill blocks of {block}")
    return int(elements // block * block_bytes)
