"""Held-out loss: how surprised a model is by answers it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tutor.engine import bootstrap
from tutor.engine.batches import collate
from tutor.engine.bootstrap import Estimate
from tutor.engine.chatdata import Example
from tutor.engine.loss import split_by_row, supervised_losses


@dataclass(frozen=True)
class HeldOut:
    """Loss of every example of a split, in the split's order."""

    nats: list[float]
    """Summed over an answer's tokens."""
    tokens: list[int]

    def loss(self) -> Estimate:
        """nats/token."""
        return bootstrap.ratio(self.nats, self.tokens)

    def fall_from(self, before: HeldOut) -> Estimate:
        """How many nats/token less than `before`, paired by example."""
        return bootstrap.ratio([b - a for a, b in zip(self.nats, before.nats, strict=True)], self.tokens)


@torch.inference_mode()
def heldout_loss(
    model: Any,
    examples: Sequence[Example],
    pad_id: int,
    batch_size: int = 16,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> HeldOut:
    """The loss of `model` on every example; `progress` gets (done, total) examples."""
    was_training = model.training
    model.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    nats = [0.0] * len(examples)
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        ids, labels = (tensor.to(model.device) for tensor in collate([examples[index] for index in batch], pad_id))
        rows = split_by_row(supervised_losses(model, ids, labels), labels)
        for index, losses in zip(batch, rows, strict=True):
            nats[index] = float(losses.sum())
        progress(start + len(batch), len(order))
    model.train(was_training)
    return HeldOut(nats, [example.supervised for example in examples])
