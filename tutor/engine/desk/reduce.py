"""Softmax, LayerNorm and RMSNorm of a few numbers, every step of them, for lesson 1.2.3."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from tutor.engine.protocol import Call
from tutor.errors import UsageError

__all__ = ["by_hand", "claims"]

MOST = 16
EPSILON = 1e-5

Lines = list[tuple[str, list[float]]]


def by_hand(call: Call, numbers: str = "2.1, 0.5, 1.8, 0.2", op: str = "softmax") -> dict[str, Any]:
    """Do `op` (`softmax`, `LayerNorm` or `RMSNorm`, both without learned weights) on a list of numbers.

    Returns:
        `lines`: the steps, each a name and its values; `rounds`: the partial sums of the reduction, pairs first, until
        one is left; `result`, and `library`, the same from PyTorch; `difference`, the largest between them.

    Raises:
        UsageError: there are no numbers, or too many.
    """
    values = _read(numbers)
    lines, summed, result = OPERATIONS[op](values)
    library = LIBRARY[op](values).tolist()
    return {
        "op": op,
        "numbers": values.tolist(),
        "lines": lines,
        "rounds": tree(summed),
        "result": result,
        "library": library,
        "difference": max(abs(a - b) for a, b in zip(result, library, strict=True)),
        "source": f"step by step, and by PyTorch {torch.__version__}, float64",
    }


def claims(call: Call) -> dict[str, Any]:
    """Is softmax of three numbers what the course that this one follows says, to two digits? `true` is what it is."""
    numbers, claimed = [2.1, -0.5, 1.8], [0.48, 0.04, 0.48]
    true = torch.tensor(numbers, dtype=torch.float64).softmax(-1).tolist()
    holds = all(abs(said - found) < 0.005 for said, found in zip(claimed, true, strict=True))
    shown = ", ".join(f"{p:.3f}" for p in true)
    return {
        "cases": [{"name": "computed", "value": f"[{shown}]", "holds": holds}],
        "true": true,
        "sum": sum(claimed),
        "source": f"PyTorch {torch.__version__}, float64",
    }


def tree(values: list[float]) -> list[list[float]]:
    """Sums of neighbours, again and again: ceil(log2(n)) rounds, each of which can be done at once."""
    rounds = [values]
    while len(rounds[-1]) > 1:
        last = rounds[-1]
        rounds.append([sum(last[n : n + 2]) for n in range(0, len(last), 2)])
    return rounds


def _read(numbers: str) -> Tensor:
    found = [float(word) for word in re.findall(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?", numbers.casefold())]
    if not found or len(found) > MOST or not all(math.isfinite(value) for value in found):
        raise UsageError(f"{numbers!r} is no list of 1 to {MOST} numbers.", "Type numbers with commas between them.")
    return torch.tensor(found, dtype=torch.float64)


def _softmax(x: Tensor) -> tuple[Lines, list[float], list[float]]:
    shifted = x - x.max()
    powers = shifted.exp()
    result = (powers / powers.sum()).tolist()
    lines = [
        ("x", x.tolist()),
        ("x - max", shifted.tolist()),
        ("e to that", powers.tolist()),
        ("÷ their sum", result),
    ]
    return lines, powers.tolist(), result


def _layer_norm(x: Tensor) -> tuple[Lines, list[float], list[float]]:
    centred = x - x.mean()
    squares = centred**2
    result = (centred / (squares.mean() + EPSILON).sqrt()).tolist()
    lines = [
        ("x", x.tolist()),
        ("x - mean", centred.tolist()),
        ("squared", squares.tolist()),
        ("÷ root of mean", result),
    ]
    return lines, squares.tolist(), result


def _rms_norm(x: Tensor) -> tuple[Lines, list[float], list[float]]:
    squares = x**2
    result = (x / (squares.mean() + EPSILON).sqrt()).tolist()
    return [("x", x.tolist()), ("squared", squares.tolist()), ("÷ root of mean", result)], squares.tolist(), result


OPERATIONS: dict[str, Callable[[Tensor], tuple[Lines, list[float], list[float]]]] = {
    "softmax": _softmax,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
}
LIBRARY: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda x: x.softmax(-1),
    "LayerNorm": lambda x: functional.layer_norm(x, x.shape, eps=EPSILON),
    "RMSNorm": lambda x: functional.rms_norm(x, x.shape, eps=EPSILON),
}
