"""A tensor that is still in its file, and its numbers a piece at a time: memory stays small however large it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from gguf import quants
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

PIECE = 1 << 20
"""Numbers in memory at once; every format's blocks divide it."""
_PLAIN = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "u1",
}  # fmt: skip
"""Element types that numpy knows."""


@dataclass(frozen=True)
class StoredTensor:
    """One tensor of a file."""

    name: str
    dtype: str
    """`F32`, `BF16`, `Q4_K`."""
    shape: tuple[int, ...]
    """As PyTorch has it, slowest dimension first: `(outputs, inputs)` for a linear layer."""
    path: Path
    offset: int
    """Bytes from the start of the file."""

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def block(self) -> tuple[int, int]:
        """Numbers that are packed together, and the bytes they take."""
        if self.dtype in _PLAIN:
            return 1, np.dtype(_PLAIN[self.dtype]).itemsize
        numbers, size = GGML_QUANT_SIZES[GGMLQuantizationType[self.dtype]]
        return int(numbers), int(size)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        numbers, size = self.block
        return self.elements // numbers * size

    @property
    def readable(self) -> bool:
        """Whether its numbers can be told: of a few quantized types the library knows the size only."""
        return self.dtype in _PLAIN or _dequantizable(self.dtype)

    def pieces(self) -> Iterator[Numbers]:
        """All its numbers in order, as float32 `[at most PIECE]`."""
        numbers, size = self.block
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.elements
            while left:
                count = min(left, PIECE)
                yield self._decoded(file.read(count // numbers * size), size)
                left -= count

    def _decoded(self, raw: bytes, block_bytes: int) -> Numbers:
        if self.dtype in _PLAIN:
            with np.errstate(over="ignore"):  # a float64 beyond float32 counts as infinite
                return np.frombuffer(raw, _PLAIN[self.dtype]).astype(np.float32)
        if self.dtype == "BF16":
            return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        blocks = np.frombuffer(raw, np.uint8).reshape(-1, block_bytes)
        with np.errstate(all="ignore"):  # scales of a damaged file overflow; they are counted as not finite
            return quants.dequantize(blocks, GGMLQuantizationType[self.dtype]).reshape(-1).astype(np.float32)


@cache
def _dequantizable(dtype: str) -> bool:
    kind = GGMLQuantizationType[dtype]
    try:
        quants.dequantize(np.zeros((1, GGML_QUANT_SIZES[kind][1]), np.uint8), kind)
    except NotImplementedError:
        return False
    return True
