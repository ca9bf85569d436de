"""The habits of every head as a table, made from maps alone, so that anybody can make it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import torch
from torch import Tensor

from tutor.engine.attention import Head, entropy, first_token, induction, kv_head, previous_token
from tutor.engine.attention_maps import AttentionMaps

HABITS = {"previous": 0.5, "induction": 0.5, "first": 0.9}
"""From which score on a head is called after its habit. The last is high: most heads look at the first token a lot."""


@dataclass(frozen=True)
class HeadRow:
    """One head; scores are mean weights (0 to 1), the entropy is in nats."""

    layer: int
    head: int
    kv_head: int
    previous: float
    """On the token before."""
    first: float
    """On the first token."""
    induction: float
    """On what followed the token's earlier copy; 0 where no text repeats itself."""
    entropy: float
    habit: str
    """`previous`, `induction`, `first` or `other`."""

    @property
    def name(self) -> str:
        """`layer.head`."""
        return f"{self.layer}.{self.head}"


def weights_of(maps: AttentionMaps) -> list[Tensor]:
    """`[layers, heads, query, key]` of each text, in double precision."""
    return [torch.tensor(text.weights, dtype=torch.float64) for text in maps.texts]


def head_table(maps: AttentionMaps) -> list[HeadRow]:
    """A row per head, in order of layers. Scores are means over all rows of all texts."""
    weights = weights_of(maps)
    previous, first, spread = (_mean(score, weights) for score in (previous_token, first_token, entropy))
    repeated = [(each, text.repeats) for each, text in zip(weights, maps.texts, strict=True) if text.repeats]
    copies = torch.stack([induction(each, length) for each, length in repeated]).mean(0) if repeated else 0 * previous
    rows = []
    for layer in range(maps.layers):
        for head in range(maps.heads):
            scores = {
                "previous": float(previous[layer, head]),
                "first": float(first[layer, head]),
                "induction": float(copies[layer, head]),
            }
            habit = next((name for name, least in HABITS.items() if scores[name] >= least), "other")
            shared = kv_head(head, maps.heads, maps.kv_heads)
            rows.append(HeadRow(layer, head, shared, **scores, entropy=float(spread[layer, head]), habit=habit))
    return rows


def _mean(score: Callable[[Tensor], Tensor], weights: Sequence[Tensor]) -> Tensor:
    """A score `[layers, heads]` over all texts, each counted by its rows."""
    rows = torch.tensor([each.shape[-1] for each in weights], dtype=torch.float64)
    scores = torch.stack([score(each) for each in weights])
    return (scores * rows[:, None, None]).sum(0) / rows.sum()


def best(rows: Sequence[HeadRow], score: str) -> HeadRow:
    """The row with the highest score of that name."""
    return max(rows, key=lambda row: float(getattr(row, score)))


def parse_head(name: str) -> Head:
    """`16.0` → (16, 0)."""
    layer, _, head = name.partition(".")
    return int(layer), int(head)


def as_csv(rows: Sequence[HeadRow]) -> str:
    """The table for a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(HeadRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()
