"""The loss sees what the assistant says, to the end of its turn, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine import tiny_llama
from tutor.engine.chatdata import IGNORED, Example, encode, encode_all, prompt_ids
from tutor.errors import TutorError

TALK = [{"role": "user", "content": "what is this"}, {"role": "assistant", "content": "a cat"}]


def supervised_text(tokenizer: Any, example: Example) -> list[str]:
    return [tokenizer.convert_ids_to_tokens(label) for label in example.labels if label != IGNORED]


def test_only_the_answer_and_its_end_are_supervised() -> None:
    tokenizer = tiny_llama.tokenizer()
    assert (
        tokenizer.pad_token_id == tokenizer.eos_token_id
    )  # the trap: masking "padding" would mask the end of the turn
    assert supervised_text(tokenizer, encode(tokenizer, TALK, 99)) == ["a", "cat", tiny_llama.END]


def test_every_turn_of_the_assistant_is_supervised() -> None:
    tokenizer = tiny_llama.tokenizer()
    longer = [*TALK, {"role": "user", "content": "is this a dog"}, {"role": "assistant", "content": "fox"}]
    example = encode(tokenizer, longer, 99)
    assert supervised_text(tokenizer, example) == ["a", "cat", tiny_llama.END, "fox", tiny_llama.END]


def test_a_label_is_the_token_at_its_place() -> None:
    example = encode(tiny_llama.tokenizer(), TALK, 99)
    assert len(example.ids) == len(example.labels)
    assert all(label in (IGNORED, token) for token, label in zip(example.ids, example.labels, strict=True))


def test_the_prompt_begins_the_example_and_ends_where_supervision_begins() -> None:
    tokenizer = tiny_llama.tokenizer()
    example, prompt = encode(tokenizer, TALK, 99), prompt_ids(tokenizer, TALK[:1])
    assert list(example.ids[: len(prompt)]) == prompt
    assert example.labels[len(prompt) - 1] == IGNORED
    assert example.labels[len(prompt)] != IGNORED


def test_truncation_is_counted() -> None:
    tokenizer = tiny_llama.tokenizer()
    whole = encode(tokenizer, TALK, 99)
    encoded = encode_all(tokenizer, [TALK, TALK], len(whole.ids) - 1)
    assert encoded.truncated == 2
    assert encode_all(tokenizer, [TALK], len(whole.ids)).truncated == 0


def test_nothing_left_to_supervise_stops() -> None:
    tokenizer = tiny_llama.tokenizer()
    with pytest.raises(TutorError, match="max_length=5"):
        encode(tokenizer, TALK, 5)


def test_a_template_that_rewrites_what_came_before_is_refused() -> None:
    tokenizer = tiny_llama.tokenizer("{{ messages | length }}" + tiny_llama.CHATML)
    tokenizer.add_tokens(["1", "2"])
    with pytest.raises(TutorError, match="renders the beginning of a conversation differently"):
        encode(tokenizer, TALK, 99)


def test_a_template_without_an_end_of_turn_is_refused() -> None:
    tokenizer = tiny_llama.tokenizer(tiny_llama.CHATML.replace("<|im_end|>\n", "\n"))
    with pytest.raises(TutorError, match="would never learn to stop"):
        encode(tokenizer, TALK, 99)


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(TutorError, match="no conversation"):
        encode_all(tiny_llama.tokenizer(), [], 99)
