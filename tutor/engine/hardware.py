"""What this machine can compute on, found out without importing torch."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

BF16_FLAGS = ("amx_bf16", "avx512_bf16")
"""Processor features with which bf16 is faster than fp32; without them it is emulated and slower."""


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU."""

    name: str
    total: int
    """Bytes."""
    free: int
    """Bytes."""
    capability: float
    """CUDA compute capability: 7.5, 8.0, 9.0."""


def gpus() -> list[Gpu]:
    """The NVIDIA GPUs of this machine, by its driver's own tool; none where that is missing or fails."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free,compute_cap", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(query, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=True)
        return [_gpu(line) for line in asked.stdout.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _gpu(line: str) -> Gpu:
    name, total, free, capability = (part.strip() for part in line.rsplit(",", 3))
    return Gpu(name, int(total) << 20, int(free) << 20, float(capability))


def cpu_bf16_feature() -> str | None:
    """The processor's feature that computes in bf16, or None."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return None
    return next((flag for flag in BF16_FLAGS if flag in flags), None)


def available_memory() -> int:
    """Bytes of main memory that a new process can have without swapping."""
    return int(psutil.virtual_memory().available)


def physical_cores() -> int:
    """How many threads are worth starting: the physical cores this process may use."""
    allowed = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed or 1))
