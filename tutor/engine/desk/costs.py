"""What adapters of usual ranks train of each size, and what its weights take in memory: lesson 1.1.1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, Architecture
from tutor.engine.memory import kv_bytes_per_token, lora_parameters, nf4_bytes
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["tables"]

SOURCE = "counted from the models' configurations, no weights needed"
RANKS = (4, 8, 16, 32, 64)

Row = tuple[str, str, str, Callable[[Architecture], float]]
"""What is counted, the format of its number, the unit, and how to count it."""
COUNT, PERCENT, GIGABYTES = (",.0f", ""), (".3g", " %"), (".3f", " GB")


def tables(call: Call) -> dict[str, Any]:
    """The costs of every tier.

    Returns:
        `tables`: by name a list of rows `{name, form, unit, values}`, a value per tier of `tiers`. GB are 1e9 bytes.
    """
    return {
        "tiers": list(TIERS),
        "tables": {name: [_row(row) for row in rows] for name, rows in TABLES.items()},
        "source": SOURCE,
    }


def _row(row: Row) -> dict[str, Any]:
    name, form, unit, count = row
    values = [count(tier.architecture) for tier in TIERS.values()]
    return {"name": name, "form": form, "unit": unit, "values": values}


def _lora(rank: int, targets: tuple[str, ...] = ATTENTION_TARGETS) -> Callable[[Architecture], float]:
    return lambda architecture: lora_parameters(architecture, rank, targets)


def _lora_share(rank: int, targets: tuple[str, ...] = ATTENTION_TARGETS) -> Callable[[Architecture], float]:
    return lambda a: 100 * lora_parameters(a, rank, targets) / a.parameters().total


def _weights(width: float) -> Callable[[Architecture], float]:
    return lambda architecture: width * architecture.parameters().total / 1e9


QV = ("q_proj", "v_proj")

TABLES: dict[str, list[Row]] = {
    "LoRA": [
        *((f"r={rank} qkvo", *COUNT, _lora(rank)) for rank in RANKS),
        ("r=8 q+v", *COUNT, _lora(8, QV)),
        ("r=8 all 7", *COUNT, _lora(8, LINEAR_TARGETS)),
    ],
    "LoRA in %": [
        *((f"r={rank} qkvo", *PERCENT, _lora_share(rank)) for rank in RANKS),
        ("r=8 q+v", *PERCENT, _lora_share(8, QV)),
        ("r=8 all 7", *PERCENT, _lora_share(8, LINEAR_TARGETS)),
    ],
    "memory": [
        ("fp32", *GIGABYTES, _weights(4)),
        ("bf16", *GIGABYTES, _weights(2)),
        ("NF4", *GIGABYTES, lambda a: nf4_bytes(a, double_quant=False) / 1e9),
        ("NF4 double", *GIGABYTES, lambda a: nf4_bytes(a) / 1e9),
        ("all 4-bit", *GIGABYTES, _weights(0.5)),
        ("KV a token", ",.0f", " B", kv_bytes_per_token),
        ("KV 2,048", ",.0f", " MiB", lambda a: 2048 * kv_bytes_per_token(a) / 2**20),
    ],
}
