"""Two thin matrices learn a difference, step by step, small enough to check by hand: lesson 2.3.1."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned

__all__ = ["cell", "learn"]

SIZE = 6
SIZES = (3.0, 1.5, 0.75)
"""Singular values of the wanted difference: it has rank 3, and each direction matters half as much as the last."""
SHOWN = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)
"""Steps that are kept."""
RATE = 0.05


def learn(call: Call, rank: int = 2, alpha: float = 2.0, seed: int = 0) -> dict[str, Any]:
    """Gradient descent on B and A until (alpha / r) B A is like a wanted difference of rank 3.

    A `[r, in]` begins at random, B `[out, r]` at zero. The error is the Frobenius norm of what is missing.

    Returns:
        `w` and `wanted` `[out, in]`; `scale` = alpha / r; `frames`: of each kept `step` `a`, `b`, `delta`, `error`;
        `best`: the least error that any matrix of this rank has (Eckart and Young 1936).
    """
    chance = torch.Generator().manual_seed(seed)
    w = torch.randint(-9, 10, (SIZE, SIZE), generator=chance).double() / 10
    wanted = _wanted(chance)
    a = (torch.rand(rank, SIZE, generator=chance, dtype=torch.float64) - 0.5).requires_grad_()
    b = torch.zeros(SIZE, rank, dtype=torch.float64, requires_grad=True)
    scale, frames = alpha / rank, []
    with pinned(1):
        for step in range(SHOWN[-1] + 1):
            delta = scale * b @ a
            missing = (delta - wanted).norm()
            if step in SHOWN:
                call.check()
                frames.append(_frame(step, a, b, delta, missing.item()))
            for matrix, gradient in zip((a, b), torch.autograd.grad(missing.square() / 2, (a, b)), strict=True):
                matrix.data -= RATE * gradient
    return {
        "rank": rank,
        "alpha": alpha,
        "scale": scale,
        "w": w.tolist(),
        "wanted": _rounded(wanted),
        "size": wanted.norm().item(),
        "frames": frames,
        "best": torch.linalg.svdvals(wanted)[rank:].norm().item(),
        "source": f"PyTorch {torch.__version__}, gradient descent with rate {RATE:g}, float64",
    }


def cell(call: Call, b: list[float], a: list[float], alpha: float) -> dict[str, Any]:
    """One number of ΔW from a row of B and a column of A, both as long as the rank."""
    products = [x * y for x, y in zip(b, a, strict=True)]
    return {
        "rank": len(b),
        "alpha": alpha,
        "sum": sum(products),
        "scale": alpha / len(b),
        "value": alpha / len(b) * sum(products),
        "products": " + ".join(f"{x:g}·{y:g}" for x, y in zip(b, a, strict=True)),
        "source": "(α / r) Σ b a",
    }


def _wanted(chance: torch.Generator) -> Tensor:
    """A difference with the singular values `SIZES`."""
    left, right = (torch.linalg.qr(torch.randn(SIZE, SIZE, generator=chance).double()).Q for _ in range(2))
    return left[:, : len(SIZES)] @ torch.diag(torch.tensor(SIZES).double()) @ right[: len(SIZES)]


def _frame(step: int, a: Tensor, b: Tensor, delta: Tensor, error: float) -> dict[str, Any]:
    return {"step": step, "a": _rounded(a), "b": _rounded(b), "delta": _rounded(delta), "error": error}


def _rounded(matrix: Tensor) -> list[list[float]]:
    rows: list[list[float]] = [[round(value, 6) for value in row] for row in matrix.detach().tolist()]
    return rows
