"""Choosing where and in which precision to compute. Imports torch: only processes that load models come here."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tutor.engine.hardware import cpu_bf16_feature


@dataclass(frozen=True)
class Device:
    """Where a model is computed."""

    device: torch.device
    dtype: torch.dtype
    """Of weights and activations; adapters stay in fp32."""
    reason: str
    """Why, for the learner."""


def pick_device() -> Device:
    """The fastest device of this machine, with the precision that suits it."""
    if torch.cuda.is_available():
        return _cuda()
    if torch.backends.mps.is_available():
        return Device(torch.device("mps"), torch.float32, "an Apple GPU, in fp32")
    return _cpu(cpu_bf16_feature())


def _cuda() -> Device:
    name, (major, minor) = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
    # Older GPUs emulate bf16: `is_bf16_supported` says yes to them all the same.
    dtype, short = (torch.bfloat16, "bf16") if major >= 8 else (torch.float16, "fp16")
    return Device(torch.device("cuda"), dtype, f"{name} (compute capability {major}.{minor}), in {short}")


def _cpu(feature: str | None) -> Device:
    if feature:
        return Device(torch.device("cpu"), torch.bfloat16, f"the processor, in bf16, which its {feature} computes")
    return Device(torch.device("cpu"), torch.float32, "the processor, in fp32: it has no bf16 unit")


def gpu_memory() -> dict[str, int]:
    """Bytes on the GPU: the most that tensors had, the most that PyTorch held for them, and all that is in use now.

    The last is the driver's own figure for the whole device, as NVML gives it: other processes count. Empty without a
    CUDA GPU.
    """
    if not torch.cuda.is_available():
        return {}
    free, total = torch.cuda.mem_get_info()
    return {
        "cuda_allocated_bytes": torch.cuda.max_memory_allocated(),
        "cuda_reserved_bytes": torch.cuda.max_memory_reserved(),
        "gpu_used_bytes": total - free,
    }
