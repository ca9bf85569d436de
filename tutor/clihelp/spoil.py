"""Faults of a dataset that raise no error: planted on purpose, for a learner to find in what was measured."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from tutor.clihelp.dataset import Made
from tutor.clihelp.records import Record
from tutor.clihelp.splits import Divided

Splits = Mapping[str, list[Record]]


def spoil(made: Made, fault: str) -> Made:
    """`made` with a fault of `labs/cli_help_data.toml`; '' changes nothing."""
    if not fault:
        return made
    chance = random.Random(made.config.seed)
    splits = {"leak": _leak, "tools": _one_heap, "answers": _swap_answers, "origin": _forget_origin}[fault](
        made.divided.splits, chance
    )
    return replace(made, divided=Divided(splits, made.divided.repeated, made.divided.near))


def _leak(splits: Splits, chance: random.Random) -> dict[str, list[Record]]:
    """Half of what is held out is trained on as well, worded differently."""
    heldout = [record for name, records in splits.items() if name != "train" for record in records]
    leaked = chance.sample(heldout, len(heldout) // 2)
    reworded = [replace(record, prompt=f"Please help me. {record.prompt}") for record in leaked]
    return {**splits, "train": [*splits["train"], *reworded]}


def _one_heap(splits: Splits, chance: random.Random) -> dict[str, list[Record]]:
    """All records on one heap, divided by chance instead of by tool."""
    heap = [record for records in splits.values() for record in records]
    chance.shuffle(heap)
    rest = iter(heap)
    return {name: [next(rest) for _ in records] for name, records in splits.items()}


def _swap_answers(splits: Splits, chance: random.Random) -> dict[str, list[Record]]:
    """The answers of every split are moved by one record."""
    moved = {}
    for name, records in splits.items():
        answers = [record.completion for record in records]
        moved[name] = [
            replace(record, completion=answer)
            for record, answer in zip(records, answers[1:] + answers[:1], strict=True)
        ]
    return moved


def _forget_origin(splits: Splits, chance: random.Random) -> dict[str, list[Record]]:
    """A third of the records no longer say which version of the tool they are about, or under which licence."""
    return {
        name: [replace(record, version="", licence="") if chance.random() < 1 / 3 else record for record in records]
        for name, records in splits.items()
    }
