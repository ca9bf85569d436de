"""What a run of lab-attention-viz left behind, read again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from tutor.engine.attention import HeadStages, future_weight, row_sum_error
from tutor.engine.attention_maps import ADAPTED, HEADS, MAPS, AttentionMaps, TextMap, seven_digits
from tutor.engine.bootstrap import Estimate, difference, mean
from tutor.engine.head_table import HeadRow, head_table, parse_head, weights_of
from tutor.files import read_json, write_json

SILENCED, ADAPTED_LOSS = "silenced.json", "adapted.json"


@dataclass(frozen=True)
class Found:
    """The artefacts of one run. Everything else is computed from them each time."""

    directory: Path

    @cached_property
    def maps(self) -> AttentionMaps:
        """Of all texts."""
        return AttentionMaps.read(self.directory / MAPS)

    @cached_property
    def adapted(self) -> AttentionMaps | None:
        """Of the same texts with the adapter, where there was one."""
        path = self.directory / ADAPTED
        return AttentionMaps.read(path) if path.is_file() else None

    @cached_property
    def table(self) -> list[HeadRow]:
        """The habits of every head."""
        return head_table(self.maps)

    def row(self, head: str) -> HeadRow:
        """The habits of one."""
        return next(row for row in self.table if row.name == head)

    @cached_property
    def row_sum_error(self) -> float:
        """The largest |Σ row - 1| of all maps."""
        return max(row_sum_error(weights) for weights in weights_of(self.maps))

    @cached_property
    def future_weight(self) -> float:
        """The largest weight on a later token in all maps."""
        return max(future_weight(weights) for weights in weights_of(self.maps))

    @cached_property
    def drawn(self) -> dict[str, dict[str, HeadStages]]:
        """The stages of the heads that were drawn: by head, then by text."""
        found: dict[str, dict[str, HeadStages]] = {}
        for path in sorted((self.directory / HEADS).glob("*.json")):
            data = read_json(path)
            vectors = (torch.tensor(data[name], dtype=torch.float64) for name in ("q", "k", "v"))
            found.setdefault(data["head"], {})[data["text"]] = HeadStages(*vectors)
        return found

    @cached_property
    def unexplained(self) -> float:
        """The largest difference between a weight and softmax(q kᵀ / √head_dim + mask), over the drawn heads."""
        gaps = [
            (stages.weights - self._weights(head, text)).abs().max().item()
            for head, texts in self.drawn.items()
            for text, stages in texts.items()
        ]
        return max(gaps, default=math.nan)

    def _weights(self, head: str, text: str) -> Tensor:
        layer, number = parse_head(head)
        return torch.tensor(self.text(text).weights[layer][number], dtype=torch.float64)

    def text(self, name: str) -> TextMap:
        """The maps of one text."""
        return next(text for text in self.maps.texts if text.name == name)

    @cached_property
    def losses(self) -> dict[str, list[float]]:
        """Nats of every token of the passage: `whole`, `again`, and by silenced head."""
        return read_json(self.directory / SILENCED)

    @property
    def loss(self) -> Estimate:
        """Of the whole model on the passage, in nats/token."""
        return mean(self.losses["whole"])

    @cached_property
    def harm(self) -> dict[str, Estimate]:
        """By how much silencing each head raises the loss, in nats/token."""
        whole = self.losses["whole"]
        return {name: difference(each, whole) for name, each in self.losses.items() if name not in ("whole", "again")}

    @property
    def adapted_change(self) -> Estimate:
        """By how much the adapter changes the loss on the passage, in nats/token."""
        return difference(read_json(self.directory / ADAPTED_LOSS)["whole"], self.losses["whole"])

    @cached_property
    def moved(self) -> dict[str, float]:
        """By head: the share of its attention that the adapter moved to other tokens, mean over all rows of all texts.

        That is half of Σ |after - before|, the total variation distance.
        """
        assert self.adapted is not None
        shares = [
            (after - before).abs().sum(-1).sum(-1) / 2
            for before, after in zip(weights_of(self.maps), weights_of(self.adapted), strict=True)
        ]
        rows = sum(len(text.ids) for text in self.maps.texts)
        share = torch.stack(shares).sum(0) / rows
        return {row.name: float(share[row.layer, row.head]) for row in self.table}


def save_stages(folder: Path, head: str, text: TextMap, stages: HeadStages) -> Path:
    """One drawn head as JSON; returns the path without its ending, for the pictures beside it."""
    path = folder / f"{head}-{text.name}"
    vectors = {name: seven_digits(getattr(stages, name).tolist()) for name in ("q", "k", "v", "scores")}
    layer, number = parse_head(head)
    facts = {"head": head, "text": text.name, "pieces": text.pieces, "weights": text.weights[layer][number]}
    write_json(path.with_name(f"{path.name}.json"), facts | vectors)
    return path


def save_losses(path: Path, losses: dict[str, list[float]]) -> None:
    """Losses of every token of the passage, of the whole model and with changes, in nats."""
    write_json(path, {name: seven_digits(each) for name, each in losses.items()})
