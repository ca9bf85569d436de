"""Questioning models about conversations and code: what the chat and the preference lab do in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tutor.codetasks.data import Data
from tutor.codetasks.evaluation import EVALUATION, Evaluation, evaluate
from tutor.engine.chatdata import Message, encode_all, prompt_ids
from tutor.runs.context import Run
from tutor.stages.copies import Asked
from tutor.stages.progress import emit_loss, watch

ASKED = 5
"""Questions that every copy of the tuned model must answer with the same text."""


def question_model(
    run: Run,
    tokenizer: Any,
    data: Data,
    questions: Sequence[Sequence[Message]],
    load: Callable[[], Any],
    name: str,
    step: int,
) -> Evaluation:
    """Losses and answers of the model that `load` loads, measured once and kept in the run as `name`; `eval` events."""
    path = run.path / EVALUATION / f"{name}.json"
    if not path.exists():
        config = run.config
        held = {split: encode_all(tokenizer, data.conversations[split], config.max_length) for split in data.held_out}
        found = evaluate(load(), tokenizer, held, questions, config.answer_tokens, watch(run, name, "answers"))
        for split, held_out in found.losses.items():
            emit_loss(run, split, held_out, step)
        found.save(path)
    return Evaluation.load(path)


def what_to_ask(run: Run, tokenizer: Any, data: Data) -> Asked:
    """What all copies of the tuned model are asked, to see whether they are the same."""
    conversations = [messages for split in data.held_out for messages in data.conversations[split]]
    encoded = encode_all(tokenizer, conversations[-ASKED:], run.config.max_length)
    questions = [messages[:-1] for messages in conversations[:ASKED]]
    prompts = [prompt_ids(tokenizer, question) for question in questions]
    return Asked(questions, prompts, [example.ids for example in encoded.examples], int(tokenizer.eos_token_id))
