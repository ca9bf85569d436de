"""The choice of device and precision."""

from __future__ import annotations

import pytest
import torch

from tutor.engine import device, hardware


@pytest.mark.parametrize(
    ("feature", "dtype"), [("amx_bf16", torch.bfloat16), ("avx512_bf16", torch.bfloat16), (None, torch.float32)]
)
def test_a_cpu_uses_bf16_only_where_it_computes_it(feature: str | None, dtype: torch.dtype) -> None:
    picked = device._cpu(feature)
    assert picked.dtype == dtype
    assert (feature or "no bf16") in picked.reason


@pytest.mark.parametrize(("capability", "dtype"), [((7, 5), torch.float16), ((8, 0), torch.bfloat16)])
def test_a_gpu_before_ampere_uses_fp16(
    capability: tuple[int, int], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A GPU")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    picked = device.pick_device()
    assert (picked.device.type, picked.dtype) == ("cuda", dtype)


def test_reads_the_drivers_table(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = hardware._gpu("NVIDIA H200, 141 GB, 143771, 143000, 9.0")
    assert gpu == hardware.Gpu("NVIDIA H200, 141 GB", 143771 << 20, 143000 << 20, 9.0)
    monkeypatch.setenv("PATH", "/nowhere")
    assert hardware.gpus() == []


def test_memory_is_available() -> None:
    assert hardware.available_memory() > 0


def test_memory_of_a_gpu_is_measured_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.gpu_memory() == {}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (60, 80))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 7)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: 9)
    assert device.gpu_memory() == {"cuda_allocated_bytes": 7, "cuda_reserved_bytes": 9, "gpu_used_bytes": 20}
