"""The order of the data is a function of seed and epoch, and saves padding."""

from __future__ import annotations

import random

import torch

from tests.engine.tiny_llama import examples
from tutor.engine.batches import collate, epoch_batches, pack
from tutor.engine.chatdata import IGNORED

LENGTHS = random.Random(7).choices(range(10, 200), k=203)


def padding(batches: list[list[int]]) -> int:
    return sum(max(LENGTHS[i] for i in batch) * len(batch) - sum(LENGTHS[i] for i in batch) for batch in batches)


def test_every_example_comes_once() -> None:
    batches = epoch_batches(LENGTHS, 4, seed=1, epoch=0)
    assert sorted(index for batch in batches for index in batch) == list(range(203))
    assert sorted(map(len, batches)) == [3] + [4] * 50


def test_order_depends_on_seed_and_epoch_alone() -> None:
    assert epoch_batches(LENGTHS, 4, 1, 0) == epoch_batches(LENGTHS, 4, 1, 0)
    assert epoch_batches(LENGTHS, 4, 1, 0) != epoch_batches(LENGTHS, 4, 1, 1)
    assert epoch_batches(LENGTHS, 4, 1, 0) != epoch_batches(LENGTHS, 4, 2, 0)


def test_grouping_by_length_halves_the_padding_at_least() -> None:
    shuffled = random.Random(0).sample(range(203), 203)
    without = [shuffled[start : start + 4] for start in range(0, 203, 4)]
    assert padding(epoch_batches(LENGTHS, 4, 1, 0)) < padding(without) / 2


def test_batches_do_not_come_sorted() -> None:
    longest = [max(LENGTHS[i] for i in batch) for batch in epoch_batches(LENGTHS, 4, 1, 0)]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_padding_is_on_the_right_and_never_supervised() -> None:
    batch = examples(3)
    ids, labels = collate(batch, pad_id=1)
    for row, example in enumerate(batch):
        length = len(example.ids)
        assert tuple(ids[row, :length].tolist()) == example.ids
        assert tuple(labels[row, :length].tolist()) == example.labels
        assert torch.all(ids[row, length:] == 1)
        assert torch.all(labels[row, length:] == IGNORED)


def test_packed_rows_hold_every_example_and_are_no_longer_than_the_longest() -> None:
    batch = examples(12)
    ids, labels, positions = pack(batch, pad_id=1)
    assert ids.shape[1] == max(len(example.ids) for example in batch)
    assert ids.shape[0] < len(batch)
    found = []
    for row in range(len(ids)):
        starts = [place for place, position in enumerate(positions[row].tolist()) if position == 0]
        for start in starts:
            rest = next((place for place in starts if place > start), ids.shape[1])
            assert positions[row, start:rest].tolist() == list(range(rest - start))
            assert labels[row, start] == IGNORED
            found.append(tuple(ids[row, start:rest].tolist()))
    for example in batch:  # the last of a row has its padding behind it
        assert any(tokens[: len(example.ids)] == example.ids for tokens in found)
    assert int((labels != IGNORED).sum()) == sum(example.supervised for example in batch)
