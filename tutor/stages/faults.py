"""Faults that the labs on command-line help plant in their data: each trains without an error."""

from __future__ import annotations

from dataclasses import replace

from tutor.clihelp.task import HELD_OUT, Task, messages_of
from tutor.codetasks.sft_faults import spoil, training_tokenizer
from tutor.engine.chatdata import IGNORED, Encoded, Example, encode_all

LARGER = 100
"""By what the fault `lr` multiplies the learning rate."""


def with_fault(task: Task, fault: str, max_length: int) -> Task:
    """`task` with a fault in what is trained on; names that are not faults of data change nothing."""
    if not fault:
        return task
    records = task.records["train"]
    if fault == "leak":
        records = [*records, *(record for split in HELD_OUT for record in task.records[split])]
    encoded = encode_all(training_tokenizer(task.tokenizer, fault), map(messages_of, records), max_length)
    examples = [_only_end(example) if fault == "end" else spoil(example, fault) for example in encoded.examples]
    return replace(
        task,
        records=task.records | {"train": records},
        encoded=task.encoded | {"train": Encoded(examples, encoded.truncated)},
    )


def _only_end(example: Example) -> Example:
    """The loss sees the last token of the answer and nothing else."""
    return replace(example, labels=(*[IGNORED] * (len(example.ids) - 1), example.ids[-1]))
