"""The check of a loss mask: right masks pass, and each way of getting one wrong is counted as what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine.chatdata import IGNORED, Example, Message, encode
from tutor.engine.mask_view import check_mask, losses_of_all, mask_tokens

TALK: list[Message] = [
    {"role": "system", "content": "is a"},
    {"role": "user", "content": "what is this"},
    {"role": "assistant", "content": "a cat"},
    {"role": "user", "content": "what is a cat"},
    {"role": "assistant", "content": "a"},
]


def encoded() -> Example:
    return encode(tiny_llama.tokenizer(), TALK, 100)


def test_every_token_has_the_role_of_who_says_it() -> None:
    tokens = mask_tokens(tiny_llama.tokenizer(), TALK, encoded())
    said = [(token.text, token.role) for token in tokens if token.role != "template"]
    assert said == [
        *((word, "system") for word in ("is", "a")),
        *((word, "user") for word in ("what", "is", "this")),
        *((word, "assistant") for word in ("a", "cat")),
        *((word, "user") for word in ("what", "is", "a", "cat")),
        ("a", "assistant"),
    ]
    assert [token.text for token in tokens if token.ends_answer] == [tiny_llama.END] * 2
    assert [token.text for token in tokens if token.supervised] == ["a", "cat", tiny_llama.END, "a", tiny_llama.END]


def test_a_right_mask_has_nothing_wrong() -> None:
    example = encoded()
    check = check_mask(mask_tokens(tiny_llama.tokenizer(), TALK, example), example)
    assert (check.outside, check.missed, check.ends_missed, check.other_text) == (0, 0, 0, 0)
    assert (check.supervised, check.ends, check.tokens) == (5, 2, len(example.ids))
    both = check + check
    assert (both.supervised, both.ends) == (10, 4)


def wrong(fault: str) -> Example:
    example = encoded()
    end = example.ids[-1]
    labels = {
        "outside": example.ids,
        "missed": tuple(IGNORED if label not in (IGNORED, end) else label for label in example.labels),
        "ends_missed": tuple(IGNORED if label == end else label for label in example.labels),
        "other_text": example.labels,
    }[fault]
    ids = example.ids if fault != "other_text" else (example.ids[1], *example.ids[1:])
    return replace(example, ids=ids, labels=labels)


@pytest.mark.parametrize("fault", ["outside", "missed", "ends_missed", "other_text"])
def test_every_fault_is_counted_as_itself(fault: str) -> None:
    example = wrong(fault)
    check = check_mask(mask_tokens(tiny_llama.tokenizer(), TALK, example), example)
    found = {name for name in ("outside", "missed", "ends_missed", "other_text") if getattr(check, name)}
    assert found == {fault}


def test_an_answer_that_was_cut_off_is_noticed() -> None:
    example = encode(tiny_llama.tokenizer(), TALK, len(encoded().ids) - 1)
    check = check_mask(mask_tokens(tiny_llama.tokenizer(), TALK, example), example)
    assert check.ends_missed == 1


def test_losses_are_those_of_every_token_but_the_first() -> None:
    model = tiny_llama.model().eval()
    tokens = mask_tokens(tiny_llama.tokenizer(), TALK, encoded())
    ids = torch.tensor([[token.id for token in tokens]])
    log_probs = model(ids).logits[0, :-1].log_softmax(-1)
    wanted = -log_probs.gather(1, ids[0, 1:, None])[:, 0]
    torch.testing.assert_close(torch.tensor(losses_of_all(model, tokens)), wanted)
