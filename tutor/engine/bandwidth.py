"""How fast this machine can read memory: what bounds everything that touches each number once."""

from __future__ import annotations

import torch

from tutor.engine.architecture import Architecture
from tutor.engine.memory import DTYPE_BYTES, kv_bytes_per_token
from tutor.engine.stopwatch import measure

SIDE = 6144
"""Rows and columns of the matrix that is read: 151 MB in float32, more than any cache holds."""


def read_bandwidth(threads: int, device: torch.device | None = None, budget: float = 0.4) -> float:
    """Bytes per second: a large matrix times a vector, which is what a model does with its weights at every token."""
    matrix, vector = torch.ones(SIDE, SIDE, device=device), torch.ones(SIDE, device=device)
    timing = measure(lambda: torch.mv(matrix, vector)[0].item(), threads, budget)  # item() waits for a GPU
    return matrix.numel() * matrix.element_size() / timing.median


def decode_bytes(architecture: Architecture, dtype: str, context: int = 0) -> int:
    """Bytes that have to be read for one new token: every weight, and keys and values of `context` tokens.

    Of an embedding that is not the output matrix as well only one row is read; it is counted in full all the same.
    """
    weights = architecture.parameters().total * DTYPE_BYTES[dtype]
    return weights + context * kv_bytes_per_token(architecture, dtype)
