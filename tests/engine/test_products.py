"""Every way computes the same product; what it takes is counted from the shapes."""

from __future__ import annotations

import time

import pytest
import torch

from tutor.engine import hardware, products
from tutor.engine.hardware import Gpu
from tutor.engine.products import Product, gpu_absence, gpu_device, loop_dot, loop_rows, on_cpu, python_loop


def test_the_loop_computes_what_the_kernel_computes() -> None:
    left, right = Product("matmul", 9, "float32").operands()
    found = loop_rows(left.tolist(), list(zip(*right.tolist(), strict=True)), time.perf_counter() + 60)
    torch.testing.assert_close(torch.tensor(found), left @ right)
    left, right = Product("dot", 50, "float32").operands()
    assert loop_dot(left.tolist(), right.tolist()) == pytest.approx(torch.dot(left, right).item(), rel=1e-4)


@pytest.mark.parametrize(("op", "size"), [("dot", 100_000), ("matmul", 300)])
def test_int8_sums_do_not_overflow(op: str, size: int) -> None:
    product = Product(op, size, "int8")
    left, right = product.operands()
    exact = (left.long() * right.long()).sum() if op == "dot" else left.long() @ right.long()
    assert torch.equal(product.function()(left, right).long().squeeze(), exact)
    assert exact.abs().max() > 127


def test_a_loop_that_takes_too_long_says_how_far_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "LIMIT", 0.0)
    measured = python_loop(Product("matmul", 16, "float32"))
    assert measured.timing is None
    assert measured.done < 1
    row = measured.row(Product("matmul", 16, "float32"))
    assert row["seconds"] is None
    assert "gflops" not in row


def test_operations_bytes_and_their_ratio() -> None:
    dot = Product("dot", 10_000, "float32")
    assert (dot.flops, dot.bytes) == (20_000, 80_004)
    assert dot.intensity == pytest.approx(0.25, rel=1e-3)
    matmul = Product("matmul", 384, "float32")
    assert matmul.flops == 2 * 384**3
    assert matmul.bytes == 3 * 4 * 384**2
    assert matmul.intensity == pytest.approx(384 / 6)
    assert Product("matmul", 10, "bfloat16").bytes == 600
    assert Product("matmul", 10, "int8").bytes == 600


def test_a_row_has_the_speed_of_its_median() -> None:
    product = Product("matmul", 32, "float32")
    row = on_cpu(product, 1, 0.0).row(product)
    assert row["gflops"] == pytest.approx(2 * 32**3 / row["seconds"] / 1e9)
    assert row["low"] <= row["seconds"] <= row["high"]


def test_an_absent_gpu_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(hardware, "gpus", lambda: [])
    assert gpu_device() is None
    assert "no GPU" in gpu_absence()
    monkeypatch.setattr(hardware, "gpus", lambda: [Gpu("NVIDIA T4", 1, 1, 7.5)])
    assert "NVIDIA T4 is here, but PyTorch" in gpu_absence()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gpu_absence() == ""
