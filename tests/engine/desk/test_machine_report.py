"""What the machine is said to be, against what PyTorch finds, and on machines that are not this one."""

from __future__ import annotations

import psutil
import pytest
import torch

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine import hardware
from tutor.engine.desk import machine
from tutor.engine.protocol import Call
from tutor.widgets.figures.machine import WIDTHS, Machine

CALL = Call(lambda _part: None, lambda: False)


def test_pytorch_sees_the_same_processor() -> None:
    found = machine.report(CALL)
    assert found["lanes"] == {name: max(1, found["bits"] // size) for name, size in machine.DTYPE_BITS.items()}
    # PyTorch names the widest set that it has kernels for and that is here.
    least = {"AVX512": 512, "AVX2": 256}.get(torch.backends.cpu.get_cpu_capability(), 0)
    assert found["bits"] >= least
    assert found["cores"]["usable"] <= found["cores"]["physical"] <= found["cores"]["logical"]
    assert found["memory"]["total"] == psutil.virtual_memory().total
    assert bool(found["gpus"]) != bool(found["no_gpu"])


@pytest.mark.parametrize(
    ("flags", "bits", "lanes"),
    [("fpu sse2 avx2 avx512f amx_tile", 512, 16), ("sse2 avx2", 256, 8), ("fp asimd", 128, 4), ("rv64", 0, 1)],
)
def test_other_processors(flags: str, bits: int, lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "cpu_flags", lambda: frozenset(flags.split()))
    found = machine.report(CALL)
    assert (found["bits"], found["lanes"]["fp32"]) == (bits, lanes)
    assert (found["tiles"] == "AMX") is ("amx_tile" in flags)
    for register in WIDTHS:
        assert_fits(Machine(), found, register=register)


def test_a_mac_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert hardware.simd_sets() == {"NEON": 128}
    assert "Apple" in hardware.no_gpu_because()


def test_an_absent_gpu_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "gpus", list)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert "none: there is no nvidia-smi" in drawn(Machine(), machine.report(CALL))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert "finds no GPU" in drawn(Machine(), machine.report(CALL))
    gpu = hardware.Gpu("NVIDIA H100", 80 << 30, 79 << 30, 9.0)
    monkeypatch.setattr(hardware, "gpus", lambda: [gpu])
    text = drawn(Machine(), machine.report(CALL))
    assert "NVIDIA H100, 85.9 GB, compute capability 9.0" in text
    assert "none:" not in text


def test_as_many_lanes_are_drawn_as_are_said() -> None:
    text = drawn(Machine(), machine.report(CALL), colours=False, register="256 bits").splitlines()
    assert [line.split(maxsplit=1)[0] for line in text[1:4]] == ["fp64", "fp32", "bf16"]
    assert [line.count("[") or line.count("=") for line in text[1:4]] == [4, 8, 16]
    assert "8 numbers" in text[2]
