"""The most tokens per second that memory allows, for every tier, for lesson 1.2.3."""

from __future__ import annotations

from typing import Any

from tutor.engine.bandwidth import decode_bytes, read_bandwidth
from tutor.engine.desk.race import machine
from tutor.engine.hardware import physical_cores
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["tiers"]

HERE = "this machine"
QUOTED = {"T4": 320e9, "RTX 4090": 1008e9, "A100 80 GB": 2039e9, "H100 SXM": 3350e9}
"""Bytes per second in NVIDIA's data sheets."""


def tiers(call: Call, memory: str = HERE, dtype: str = "bfloat16", tokens: int = 0) -> dict[str, Any]:
    """Bandwidth divided by the bytes that one new token reads.

    Args:
        memory: `this machine`, which is measured, or a GPU of `QUOTED`.
        tokens: how long the text is already; their keys and values are read too.

    Returns:
        `bandwidth` in bytes per second, and whether it was `measured`; `rows`: per tier the `bytes` of one token and
        the `ceiling` in tokens per second.
    """
    measured = memory == HERE
    bandwidth = max(map(read_bandwidth, {1, physical_cores()})) if measured else QUOTED[memory]
    rows = []
    for name, tier in TIERS.items():
        size = decode_bytes(tier.architecture, dtype, tokens)
        rows.append({"tier": name, "model": tier.model, "bytes": size, "ceiling": bandwidth / size})
    quoted = f"bandwidth of the {memory} as NVIDIA's data sheet gives it; bytes from the models' configurations"
    return {
        "memory": memory,
        "bandwidth": bandwidth,
        "gigabytes": bandwidth / 1e9,
        "measured": measured,
        "rows": rows,
        "source": f"{machine()}; bytes from the models' configurations" if measured else quoted,
    }
