"""Time against size for every way to compute a product, and the roof over all of them, for lesson 1.2.2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from tutor.engine.bandwidth import read_bandwidth
from tutor.engine.desk.race import machine
from tutor.engine.hardware import physical_cores
from tutor.engine.products import ALL, ONE, SENT, Measured, Product, gpu_absence, on_cpu, on_gpu, python_loop
from tutor.engine.protocol import Call

__all__ = ["curve"]

SIZES = {
    "dot": (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    "matmul": (8, 16, 32, 64, 128, 256, 512, 1024),
}
LOOP_UP_TO = {"dot": 100_000, "matmul": 64}
"""Beyond these sizes the Python loop is left out: it would take longer than everything else together."""
BUDGET = 0.06
"""Seconds for one point."""


def curve(call: Call, op: str = "matmul") -> dict[str, Any]:
    """Time products of growing size in float32.

    Returns:
        `lines`: per way its points `{size, seconds, gflops, intensity}`; `bandwidth` in bytes per second, `peak`, the
        most operations per second seen here, and their `ridge` in operations per byte: left of it memory is the limit,
        right of it arithmetic. `threads_pay` and `gpu_pays`: the size from which on more threads, or a GPU with
        transfer, were faster, or `never`. Parts have the same shape and fewer points.
    """
    cores = physical_cores()
    answer: dict[str, Any] = {
        "op": op, "lines": {}, "threads": cores, "absent": gpu_absence(),
        "threads_pay": "", "gpu_pays": "", "source": f"{machine()}, PyTorch {torch.__version__}, float32",
    }  # fmt: skip
    answer |= _roof(cores)
    call.part(**answer)
    for product, measured in _runs(op, cores):
        call.check()
        row = measured.row(product)
        if row["seconds"] is None:  # a loop that was stopped is no point
            continue
        point = {
            "size": product.size,
            "intensity": product.intensity,
            "seconds": row["seconds"],
            "gflops": row["gflops"],
        }
        answer["lines"].setdefault(measured.name, []).append(point)
        if measured.name in (ONE, ALL):
            answer |= _under(answer["bandwidth"], max(answer["peak"], 1e9 * row["gflops"]))
        call.part(**answer)
    return answer | {
        "threads_pay": pays_from(answer["lines"], ALL, ONE),
        "gpu_pays": pays_from(answer["lines"], SENT, ALL if cores > 1 else ONE),
    }


def _runs(op: str, cores: int) -> Iterator[tuple[Product, Measured]]:
    for size in SIZES[op]:
        product = Product(op, size, "float32")
        if size <= LOOP_UP_TO[op]:
            yield product, python_loop(product)
        yield product, on_cpu(product, 1, BUDGET)
        if cores > 1:
            yield product, on_cpu(product, cores, BUDGET)
        if not gpu_absence():
            yield product, on_gpu(product, transfer=True, budget=BUDGET)
            yield product, on_gpu(product, transfer=False, budget=BUDGET)


def _roof(cores: int) -> dict[str, float]:
    """The better of one thread and all, for reading memory and for multiplying."""
    product = Product("matmul", 512, "float32")
    threads = sorted({1, cores})
    bandwidth = max(read_bandwidth(count) for count in threads)
    timings = [on_cpu(product, count).timing for count in threads]
    return _under(bandwidth, max(product.flops / timing.median for timing in timings if timing))


def _under(bandwidth: float, peak: float) -> dict[str, float]:
    return {"bandwidth": bandwidth, "peak": peak, "ridge": peak / bandwidth}


def pays_from(lines: dict[str, list[dict[str, Any]]], challenger: str, champion: str) -> str:
    """The smallest size at which, and at every larger one, `challenger` took less time."""
    times = [{point["size"]: point["seconds"] for point in lines.get(name, [])} for name in (challenger, champion)]
    found = "never"
    for size in sorted(times[0], reverse=True):
        if times[0][size] >= times[1][size]:
            break
        found = f"{size:,}"
    return found
