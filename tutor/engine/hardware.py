"""What this machine can compute on, found out without importing torch."""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

BF16_FLAGS = ("amx_bf16", "avx512_bf16")
"""Processor features with which bf16 is faster than fp32; without them it is emulated and slower."""


SIMD = {
    "AVX-512": ("avx512f", 512),
    "AVX2": ("avx2", 256),
    "SSE2": ("sse2", 128),
    "SVE": ("sve", 128),
    "NEON": ("asimd", 128),
}
"""Instruction sets that work on several numbers at once: the processor's flag, and bits of a register. SVE's registers
are at least so wide."""
TILES = "amx_tile"
"""The flag of Intel's AMX, which multiplies whole tiles of matrices."""

EAGER_UP_TO = 512
"""Tokens. The backward pass of PyTorch's fused attention is slow on a CPU: up to here, attention written out took a
third of its time. Its memory grows with the square of the length."""


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


def dtype_of_gpu(capability: float) -> str:
    """The 16-bit precision of a CUDA GPU: below capability 8.0 (Ampere) bf16 is emulated, though drivers offer it."""
    return "bfloat16" if capability >= 8 else "float16"


def gpus() -> list[Gpu]:
    """The NVIDIA GPUs of this machine, by its driver's own tool; none where that is missing or fails."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free,compute_cap", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(query, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=True)
        return [_gpu(line) for line in asked.stdout.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def no_gpu_because() -> str:
    """Why `gpus` finds none."""
    if platform.system() == "Darwin":
        return "Macs have no NVIDIA GPU; PyTorch uses Apple's through MPS"
    if shutil.which("nvidia-smi") is None:
        return "there is no nvidia-smi here, the tool of NVIDIA's driver"
    return "nvidia-smi is here, but finds no GPU"


def _gpu(line: str) -> Gpu:
    name, total, free, capability = (part.strip() for part in line.rsplit(",", 3))
    return Gpu(name, int(total) << 20, int(free) << 20, float(capability))


def cpu_bf16_feature() -> str | None:
    """The processor's feature that computes in bf16, or None."""
    flags = cpu_flags()
    return next((flag for flag in BF16_FLAGS if flag in flags), None)


def cpu_flags() -> frozenset[str]:
    """What the processor can do, in Linux' words; on a Mac only `asimd` is told, elsewhere nothing."""
    if platform.system() == "Darwin":
        return frozenset({"asimd"} if platform.machine() == "arm64" else {"sse2"})
    try:
        return frozenset(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return frozenset()


def simd_sets() -> dict[str, int]:
    """The processor's SIMD instruction sets with the bits of their registers, the widest first."""
    flags = cpu_flags()
    return {name: bits for name, (flag, bits) in SIMD.items() if flag in flags}


def cpu_name() -> str:
    """What the processor calls itself, or its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def available_memory() -> int:
    """Bytes of main memory that a new process can have without swapping."""
    return int(psutil.virtual_memory().available)


def physical_cores() -> int:
    """How many threads are worth starting: the physical cores this process may use."""
    allowed = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed or 1))


def quickest_attention(on_cpu: bool, length: int) -> str:
    """How to compute attention in training, over `length` tokens: `eager` (written out) or `sdpa` (fused)."""
    return "eager" if on_cpu and length <= EAGER_UP_TO else "sdpa"
