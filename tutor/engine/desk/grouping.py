"""How much smaller a cache is when heads share their keys and values, for lesson 2.1.3."""

from __future__ import annotations

from tutor.engine.protocol import Call, Message
from tutor.engine.tiers import TIERS

__all__ = ["cache"]

BYTES = 2
"""Of a 16-bit number."""


def cache(call: Call, tier: str) -> Message:
    """A tier's `heads` and `kv_heads`, and the 16-bit KV cache of one token in `bytes`, against `without` sharing."""
    shape = TIERS[tier].architecture
    numbers = 2 * shape.layers * shape.kv_heads * shape.head_dim  # keys and values
    return {
        "tier": tier,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "factor": shape.heads / shape.kv_heads,
        "bytes": f"{BYTES * numbers:,}",
        "without": f"{BYTES * numbers * shape.heads // shape.kv_heads:,}",
        "source": "the tiers' configurations",
    }
