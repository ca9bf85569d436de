"""Slogans about shapes and the hardware for them: `cases` of `{name, value, holds}` for fact checks of lesson 1.1.2."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch

from tutor.engine.architecture import reductions_of
from tutor.engine.hardware import physical_cores
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["classic_mlp", "reductions", "worth_parallel"]

SIZES = (32, 64, 128, 256, 512, 1024)
REPEATS = 9
WORTH = 1.1
"""How much faster is worth it: below, it may be noise."""


def classic_mlp(call: Call) -> dict[str, Any]:
    """Does the MLP expand 768 to 3072 with GELU, in two matrices? GPT-2 small as published, then the tiers."""
    cases = [_case("GPT-2 small", "768 → 3072 → 768, GELU, 2 matrices", True)]
    for name, tier in TIERS.items():
        hidden, wide = tier.architecture.hidden, tier.architecture.intermediate
        says = f"{hidden} → {wide} → {hidden}, SiLU with a gate, 3 matrices"
        cases.append(_case(name, says, (hidden, wide) == (768, 3072)))
    return {"cases": cases, "source": "the models' configurations; GPT-2's is quoted from Radford et al. 2019"}


def reductions(call: Call, claimed: int = 57) -> dict[str, Any]:
    """Does a generated token take `claimed` reductions over a whole vector or row?

    Two norms a layer and one at the end; one softmax a layer, in all heads at once, and one over the vocabulary.
    """
    cases = []
    for name, tier in TIERS.items():
        found = reductions_of(tier.architecture)
        says = f"{found['norms']} norms + {found['softmaxes']} softmaxes = {found['total']}"
        cases.append(_case(name, says, found["total"] == claimed))
    return {"cases": cases, "source": "counted from the models' configurations"}


def worth_parallel(call: Call, claimed: int = 512) -> dict[str, Any]:
    """Is more parallel hardware faster from n x n matrices of `claimed` on, and not before?

    One core against all of them, fp32, the median of several products. Returns also `from_size`, the first size at
    which all cores were faster, or `none`.
    """
    cores = physical_cores()
    cases, faster = [], []
    for size in SIZES:
        call.check()
        factor = _seconds(size, 1) / _seconds(size, cores)
        if factor >= WORTH:
            faster.append(size)
        says = f"{cores} cores are {factor:.3g} times as fast as one"
        cases.append(_case(f"{size} × {size}", says, (factor >= WORTH) == (size >= claimed)))
    torch.set_num_threads(cores)
    return {
        "cases": cases,
        "cores": cores,
        "from_size": str(faster[0]) if faster else "none",
        "source": f"PyTorch {torch.__version__}, fp32, median of {REPEATS} products",
    }


def _seconds(size: int, threads: int) -> float:
    """Median time of one product of two matrices of size x size."""
    torch.set_num_threads(threads)
    left, right = torch.randn(size, size), torch.randn(size, size)
    times = []
    for _ in range(REPEATS + 2):
        began = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - began)
    return median(times[2:])


def _case(name: str, value: str, holds: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "holds": holds}
