"""What this machine can do with many numbers at once, as detected: lesson 1.1.2."""

from __future__ import annotations

import dataclasses
from typing import Any

import psutil

from tutor.engine import hardware
from tutor.engine.protocol import Call

__all__ = ["report"]

DTYPE_BITS = {"fp64": 64, "fp32": 32, "bf16": 16, "int8": 8}


def report(call: Call) -> dict[str, Any]:
    """The processor, its SIMD width and cores, its memory, and the GPUs or why there is none.

    Returns:
        `simd` `{name: bits}`, the widest first; `bits` of the widest, 0 where none is known; `lanes` `{dtype: numbers}`
        of one of its registers; `bf16` and `tiles`, features or None; `cores` `{physical, logical, usable}`; `memory`
        `{total, free}` in bytes; `gpus`, and `no_gpu`, the reason where there is none.
    """
    simd = hardware.simd_sets()
    bits = max(simd.values(), default=0)
    gpus = hardware.gpus()
    memory = psutil.virtual_memory()
    return {
        "cpu": hardware.cpu_name(),
        "simd": simd,
        "bits": bits,
        "lanes": {dtype: max(1, bits // size) for dtype, size in DTYPE_BITS.items()},
        "bf16": hardware.cpu_bf16_feature(),
        "tiles": "AMX" if hardware.TILES in hardware.cpu_flags() else None,
        "cores": {
            "physical": psutil.cpu_count(logical=False) or 1,
            "logical": psutil.cpu_count() or 1,
            "usable": hardware.physical_cores(),
        },
        "memory": {"total": memory.total, "free": memory.available},
        "gpus": [dataclasses.asdict(gpu) for gpu in gpus],
        "no_gpu": "" if gpus else hardware.no_gpu_because(),
        "source": "asked of the operating system and, where there is one, of the GPU's driver",
    }
