"""The same product in several ways, timed against each other, for lesson 1.2.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from tutor.engine.hardware import cpu_name, physical_cores, simd_sets
from tutor.engine.products import (
    LIMIT,
    Measured,
    Product,
    gpu_absence,
    on_cpu,
    on_gpu,
    python_loop,
)
from tutor.engine.protocol import Call

__all__ = ["baseline", "lanes", "run", "work"]

SLOGAN = 273
"""Times as fast as the CPU: what the course that this one grew out of says of its GPU."""


def run(call: Call, op: str = "dot", size: int = 10_000, dtype: str = "float32") -> dict[str, Any]:
    """Time every way to compute `op` (`dot` or `matmul`) that this machine has, the slowest first.

    Returns:
        `rows`: per way its `name`, `threads`, `seconds` (median), `low` and `high` (quartiles), `repeats` and `gflops`;
        where it was stopped `seconds` is None and `done` says how far it got. `fastest` is the name of the quickest;
        `absent` says why there is no GPU. Parts have the same shape and fewer rows.
    """
    product = Product(op, size, dtype)
    answer: dict[str, Any] = {
        **work(call, op, size, dtype), "rows": [], "fastest": "", "limit": LIMIT, "absent": gpu_absence(),
        "source": f"{machine()}, PyTorch {torch.__version__}",
    }  # fmt: skip
    for contender in _contenders(product):
        call.check()
        answer["rows"].append(contender().row(product))
        answer["fastest"] = _fastest(answer["rows"])
        call.part(**answer)
    return answer


def _contenders(product: Product) -> list[Callable[[], Measured]]:
    cores = physical_cores()
    found = [lambda: python_loop(product), lambda: on_cpu(product, 1)]
    if cores > 1:
        found.append(lambda: on_cpu(product, cores))
    # CUDA multiplies matrices of int8 only from 32 columns on, and has no dot product of them.
    if not gpu_absence() and product.dtype != "int8":
        found += [lambda: on_gpu(product, transfer=True), lambda: on_gpu(product, transfer=False)]
    return found


def _fastest(rows: list[dict[str, Any]]) -> str:
    return str(
        min((row for row in rows if row["seconds"]), key=lambda row: row["seconds"], default={"name": ""})["name"]
    )


def work(call: Call, op: str = "dot", size: int = 10_000, dtype: str = "float32") -> dict[str, Any]:
    """What a product takes, counted and not timed: `flops`, `bytes`, and their quotient `intensity`."""
    product = Product(op, size, dtype)
    return {
        "op": op,
        "size": size,
        "dtype": dtype,
        "flops": product.flops,
        "bytes": product.bytes,
        "intensity": product.intensity,
        "source": "counted from the shapes",
    }


def baseline(call: Call) -> dict[str, Any]:
    """How many times as fast one thread of PyTorch is as a plain loop, on this CPU alone.

    Returns:
        `cases`: for products of small matrices the factor, in words; it `holds` where the factor stays below `SLOGAN`,
        so that such a number would tell of another processor and not of another loop.
    """
    cases = []
    for size in (32, 64, 96):
        call.check()
        product = Product("matmul", size, "float32")
        loop, kernel = python_loop(product).timing, on_cpu(product, 1).timing
        assert kernel is not None
        factor = (loop.median if loop else LIMIT) / kernel.median  # a loop that was stopped took longer still
        value = f"one CPU thread of PyTorch is {factor:,.0f} times as fast as a loop"
        cases.append({"name": f"{size} × {size}", "value": value, "holds": factor < SLOGAN})
    return {"cases": cases, "source": f"{machine()}, PyTorch {torch.__version__}"}


def lanes(call: Call) -> dict[str, Any]:
    """How many numbers one instruction of this processor handles: `cases` for each type; it `holds` from 4 to 8."""
    bits = max(simd_sets().values(), default=0)
    cases = []
    for name, size in (("fp32", 32), ("bf16", 16), ("int8", 8)):
        says = f"{bits // size} at once" if bits else "this system does not tell"
        cases.append({"name": name, "value": says, "holds": 4 <= bits // size <= 8})
    return {"cases": cases, "bits": bits, "source": f"{machine()}, as the system describes it"}


def machine() -> str:
    """The processor and how many of its cores are used."""
    cores = physical_cores()
    return f"{cpu_name()}, {cores} core{'s' if cores > 1 else ''}"
