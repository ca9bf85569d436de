"""What a model says before it was trained: the honest rejected answer of a preference pair."""

from __future__ import annotations

import random
from collections.abc import Callable

from tutor.corpus import tasks
from tutor.corpus.schema import Record
from tutor.errors import UsageError

ANSWER_TOKENS = 96
"""An answer that is not finished by then is kept as far as it came: rejected it is either way."""


def answers(
    records: list[Record], model: str, count: int, seed: int, progress: Callable[[int, int], None]
) -> dict[str, str]:
    """Record id → what `model` (as `tutor.engine.resolve` takes it) answers greedily, of `count` records drawn by seed.

    Raises:
        UsageError: there is no such model, or it is a GGUF file.
        TutorError: it cannot be loaded.
    """
    from tutor.engine.answering import answer_all
    from tutor.engine.loading import load_model, load_tokenizer
    from tutor.engine.resolve import resolve

    files = resolve(model)
    if files.directory is None:
        raise UsageError(f"{files.label} is a GGUF file; answers need safetensors.", f"Import it: tutor import {model}")
    ordered = sorted(records, key=lambda record: record.id)
    drawn = random.Random(seed).sample(ordered, min(count, len(ordered)))
    questions = [tasks.question(record) for record in drawn]
    tokenizer = load_tokenizer(files.directory)
    said = answer_all(load_model(files.directory), tokenizer, questions, ANSWER_TOKENS, progress=progress)
    return {record.id: text for record, text in zip(drawn, said, strict=True) if text.strip()}
