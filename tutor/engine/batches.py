"""Which examples each training step sees: a function of seed and epoch alone, so that a resumed run goes on exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tutor.engine.chatdata import IGNORED, Example

POOL = 8
"""Batches that are sorted by length together: enough to save most padding, few enough to stay a shuffle."""


def epoch_batches(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The examples of one epoch, each once, in shuffled batches of similar length."""
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(lengths))
    batches: list[list[int]] = []
    for start in range(0, len(order), POOL * batch_size):
        pool = sorted((int(index) for index in order[start : start + POOL * batch_size]), key=lambda i: lengths[i])
        batches += [pool[begin : begin + batch_size] for begin in range(0, len(pool), batch_size)]
    return [batches[index] for index in random.permutation(len(batches))]


def collate(examples: Sequence[Example], pad_id: int) -> tuple[Tensor, Tensor]:
    """Token ids and labels `[batch, seq]`, padded on the right.

    Attention is causal, so no real token sees the padding behind it and no attention mask is needed.
    """
    longest = max(len(example.ids) for example in examples)
    ids = torch.full((len(examples), longest), pad_id)
    labels = torch.full((len(examples), longest), IGNORED)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.ids)] = torch.tensor(example.labels)
    return ids, labels
