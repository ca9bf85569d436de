"""A size of the course with another vocabulary, head or number of key/value heads, for lesson 1.3.1."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from tutor.engine.architecture import Architecture
from tutor.engine.memory import kv_bytes_per_token
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["counts"]

OWN = "own"


def counts(call: Call, tier: str, vocab: int = 0, head: str = OWN, kv: str = OWN) -> dict[str, Any]:
    """Parameters `now` and as published (`own`), by part.

    Args:
        vocab: rows of the embedding; 0 leaves them.
        head: `own`, `tied` to the embedding, or `untied`.
        kv: key/value heads: `own`, `one` for all query heads (multi-query attention), or one `each`.
    """
    own = TIERS[tier].architecture
    now = replace(
        own,
        vocab=vocab or own.vocab,
        tied=own.tied if head == OWN else head == "tied",
        kv_heads={OWN: own.kv_heads, "one": 1, "each": own.heads}[kv],
    )
    return {
        "model": TIERS[tier].model,
        "own": _described(own),
        "now": _described(now),
        "source": f"counted from the shape of {TIERS[tier].model}",
    }


def _described(architecture: Architecture) -> dict[str, Any]:
    count = architecture.parameters()
    return {
        "hidden": architecture.hidden,
        "intermediate": architecture.intermediate,
        "vocab": architecture.vocab,
        "tied": architecture.tied,
        "heads": architecture.heads,
        "kv_heads": architecture.kv_heads,
        "parts": asdict(count),
        "mlp_of_a_layer": count.mlp // architecture.layers,
        "total": count.total,
        "millions": count.total / 1e6,
        "body_share": 100 * count.body / count.total,
        "cache_bytes": kv_bytes_per_token(architecture),
    }
