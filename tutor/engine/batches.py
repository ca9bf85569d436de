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


def pack(examples: Sequence[Example], pad_id: int) -> tuple[Tensor, Tensor, Tensor]:
    """Token ids, labels and positions `[rows, seq]` with short examples behind one another instead of padding.

    No row is longer than the longest example, so that attention, whose cost grows with the square of the length, costs
    no more than without packing. Positions begin at 0 with every example: transformers tells examples apart by that.
    """
    rows = _rows(examples)
    joined = [
        Example(
            tuple(token for example in row for token in example.ids),
            tuple(label for example in row for label in (IGNORED, *example.labels[1:])),
        )
        for row in rows
    ]
    ids, labels = collate(joined, pad_id)
    positions = torch.arange(ids.shape[1]).repeat(len(rows), 1)
    for number, row in enumerate(rows):
        start = 0
        for example in row:
            positions[number, start:] = torch.arange(ids.shape[1] - start)
            start += len(example.ids)
    return ids, labels, positions


def _rows(examples: Sequence[Example]) -> list[list[Example]]:
    """Each example in the first row that has room, the longest first (first-fit decreasing bin packing)."""
    ordered = sorted(examples, key=lambda example: -len(example.ids))
    room: list[int] = []
    rows: list[list[Example]] = []
    for example in ordered:
        size = len(example.ids)
        row = next((number for number, left in enumerate(room) if left >= size), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(len(ordered[0].ids))
        rows[row].append(example)
        room[row] -= size
    return rows
