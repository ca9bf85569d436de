"""The same product computed in several ways: a plain Python loop, PyTorch on one or all cores, and a GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from tutor.engine import hardware
from tutor.engine.stopwatch import BUDGET, Timing, measure, timing_of

LOOP, ONE, ALL = "Python loop", "PyTorch, one thread", "PyTorch, all threads"
SENT, THERE = "GPU, with transfer", "GPU, data there"

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "int8": torch.int8}

LIMIT = 2.0
"""Seconds after which the Python loop is stopped."""
LOOPS = 7
"""Repeats of the Python loop, as far as they fit `LIMIT`."""


@dataclass(frozen=True)
class Product:
    """Two vectors of `size` numbers (`dot`), or two matrices `size` × `size` (`matmul`)."""

    op: str
    size: int
    dtype: str

    @property
    def flops(self) -> int:
        """Multiplications and additions."""
        return 2 * self.size if self.op == "dot" else 2 * self.size**3

    @property
    def bytes(self) -> int:
        """What has to be read and written at least once; the sum of int8 products is kept in 32 bits."""
        width = DTYPES[self.dtype].itemsize
        out = 4 if self.dtype == "int8" else width
        return 2 * self.size * width + out if self.op == "dot" else self.size**2 * (2 * width + out)

    @property
    def intensity(self) -> float:
        """Arithmetic intensity: operations per byte."""
        return self.flops / self.bytes

    def operands(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Random inputs, the same at every call."""
        torch.manual_seed(0)
        shape = (self.size,) if self.op == "dot" else (self.size, self.size)
        if self.dtype == "int8":
            return torch.randint(-4, 5, shape, dtype=torch.int8), torch.randint(-4, 5, shape, dtype=torch.int8)
        return torch.randn(shape).to(DTYPES[self.dtype]), torch.randn(shape).to(DTYPES[self.dtype])

    def function(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """PyTorch's own kernel."""
        if self.dtype == "int8":  # the one kernel that keeps 32-bit sums; those of the others overflow
            return (lambda a, b: torch._int_mm(a[None], b[:, None])) if self.op == "dot" else torch._int_mm
        return torch.dot if self.op == "dot" else torch.matmul


@dataclass(frozen=True)
class Measured:
    """One way to compute a product, timed. Where it was stopped, `timing` is None and `done` the share it got to."""

    name: str
    threads: int
    timing: Timing | None
    done: float = 1.0

    def row(self, product: Product) -> dict[str, Any]:
        """As plain data: seconds, quartiles, and operations per second in units of 1e9."""
        row: dict[str, Any] = {"name": self.name, "threads": self.threads, "done": self.done, "seconds": None}
        if self.timing is not None:
            row |= {"seconds": self.timing.median, "low": self.timing.low, "high": self.timing.high,
                    "repeats": self.timing.repeats, "gflops": product.flops / self.timing.median / 1e9}  # fmt: skip
        return row


def python_loop(product: Product) -> Measured:
    """Plain Python, one multiplication after the other; stopped after `LIMIT` seconds."""
    left, right = (operand.tolist() for operand in product.operands())
    rows, columns = ([left], [right]) if product.op == "dot" else (left, list(zip(*right, strict=True)))
    seconds: list[float] = []
    while not seconds or (len(seconds) < LOOPS and sum(seconds) < LIMIT):
        began = time.perf_counter()
        done = loop_rows(rows, columns, began + LIMIT)
        seconds.append(time.perf_counter() - began)
        if len(done) < len(rows):
            return Measured(LOOP, 1, None, len(done) / len(rows))
    return Measured(LOOP, 1, timing_of(seconds))


def loop_rows(rows: list[list[float]], columns: list[Any], deadline: float) -> list[list[float]]:
    """The product of a matrix, by rows, with one by columns, as far as there is time."""
    product: list[list[float]] = []
    for row in rows:
        if time.perf_counter() > deadline:
            break
        product.append([loop_dot(row, column) for column in columns])
    return product


def loop_dot(left: list[float], right: list[float]) -> float:
    """Σ left[i] right[i]."""
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total


def on_cpu(product: Product, threads: int, budget: float = BUDGET) -> Measured:
    """PyTorch's kernel with so many threads."""
    function, (left, right) = product.function(), product.operands()
    name = ONE if threads == 1 else ALL
    return Measured(name, threads, measure(lambda: function(left, right), threads, budget))


def on_gpu(product: Product, *, transfer: bool, budget: float = BUDGET) -> Measured:
    """PyTorch's kernel on the GPU, from main memory and back to it (`transfer`) or on data that is there already."""
    device = gpu_device()
    assert device is not None
    function, (left, right) = product.function(), product.operands()
    there = left.to(device), right.to(device)
    wait = torch.cuda.synchronize if device.type == "cuda" else torch.mps.synchronize

    def sent() -> object:
        return function(left.to(device), right.to(device)).cpu()

    def resident() -> None:
        function(*there)
        wait()

    return Measured(SENT if transfer else THERE, 1, measure(sent if transfer else resident, 1, budget))


def gpu_device() -> torch.device | None:
    """The GPU that PyTorch can use."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else None


def gpu_absence() -> str:
    """Why no GPU takes part; '' where one does."""
    if gpu_device() is not None:
        return ""
    found = hardware.gpus()
    if found:
        return f"{found[0].name} is here, but PyTorch {torch.__version__} cannot use it: it was built without CUDA"
    return "this machine has no GPU that PyTorch can use (no CUDA device, no Apple GPU)"
