"""Tokens under the microscope: labels against the data's own, losses against a pass of the whole model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.engine import tiny_llama
from tests.engine.probes.toy_loaded import toy_loaded
from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.chatdata import IGNORED, encode
from tutor.engine.loading import load_tokenizer
from tutor.engine.microscope import MASKS, NO_END, PROMPT, RIGHT, SHIFTED, examine, example_of
from tutor.engine.probes.mask_microscope import broken, look
from tutor.engine.protocol import Call
from tutor.errors import UsageError
from tutor.widgets.figures import mask_microscope

CALL = Call(lambda _part: None, lambda: False)
TALK = [
    {"role": "system", "content": "this is a fox"},
    {"role": "user", "content": "what is this"},
    {"role": "assistant", "content": "a cat"},
    {"role": "user", "content": "what"},
    {"role": "assistant", "content": "dog"},
]


@pytest.mark.parametrize("mask", MASKS)
def test_losses_are_those_of_the_model(mask: str) -> None:
    model, tokenizer = tiny_llama.model().eval(), tiny_llama.tokenizer()
    example = example_of(tokenizer, TALK, mask)
    seen = examine(model, tokenizer, TALK, example)
    with torch.no_grad():
        logits = model(torch.tensor([example.ids])).logits[0]
    assert seen[0].loss is None
    for place in range(1, len(seen)):
        asked = seen[place].id if seen[place].label is None else seen[place].label
        assert seen[place].loss == pytest.approx(cross_entropy(logits[place - 1], torch.tensor(asked)).item(), abs=1e-5)
    assert [IGNORED if token.label is None else token.label for token in seen] == list(example.labels)


def test_each_token_belongs_to_who_says_it() -> None:
    tokenizer = tiny_llama.tokenizer()
    seen = examine(tiny_llama.model(), tokenizer, TALK, example_of(tokenizer, TALK))
    for turn, message in enumerate(TALK):
        said = [token.id for token in seen if token.turn == turn and not token.markup]
        assert tokenizer.convert_ids_to_tokens(said) == message["content"].split()
    assert [token.turn for token in seen if token.end] == [2, 4]


def test_masks_differ_as_they_say() -> None:
    tokenizer = tiny_llama.tokenizer()
    right = encode(tokenizer, TALK, 999)
    assert example_of(tokenizer, TALK, RIGHT) == right
    assert example_of(tokenizer, TALK, PROMPT).supervised == len(right.ids) - 1
    assert example_of(tokenizer, TALK, NO_END).supervised == right.supervised - 2
    assert example_of(tokenizer, TALK, SHIFTED).labels[:-1] == right.labels[1:]


def test_the_picture_says_what_is_wrong() -> None:
    loaded, figure = toy_loaded(), mask_microscope.MaskMicroscope()
    signs = {
        RIGHT: "as it should be",
        PROMPT: "comes from what the model is given",
        NO_END: "0 of 2 ends of an answer are in the loss",
        SHIFTED: "labels are not the token at their place",
    }
    for mask, sign in signs.items():
        answer = look(CALL, loaded, "this is a fox", "what is this", "a cat", "what", "dog", mask)
        assert sign in drawn(figure, answer, 120)
        assert sum(other in drawn(figure, answer, 120) for other in signs.values()) == 1
        assert_fits(figure, answer)
        assert_fits(figure, answer, cell=(2, 4))
    assert "[a" in drawn(figure, look(CALL, loaded, "", "what", "a cat", "", ""), colours=False)
    assert mask_microscope.MASKS == MASKS


def test_an_empty_field_is_no_turn_and_someone_has_to_answer() -> None:
    loaded = toy_loaded()
    assert [turn["role"] for turn in look(CALL, loaded, "", "what", " a cat ", "", "")["turns"]] == [
        "user",
        "assistant",
    ]
    with pytest.raises(UsageError, match="Nobody answers"):
        look(CALL, loaded, "fox", "what", "", "", "")


def test_evidence_of_the_faults_differs() -> None:
    loaded = toy_loaded()
    found = {fault: broken(CALL, loaded, fault)["evidence"] for fault in mask_faults()}
    assert len({tuple(lines) for lines in found.values()}) == len(found)
    assert sum("-100" in line for line in found["prompt_in_loss"]) < sum("-100" in line for line in found["right"])


def mask_faults() -> list[str]:
    """Those that the lesson injects."""
    return ["right", "prompt_in_loss", "eos_missing", "labels_shifted"]


@pytest.mark.model
def test_the_embedded_models_template_writes_a_system_turn_by_itself(nano_store: Path) -> None:
    tokenizer: Any = load_tokenizer(nano_store / "nano")
    talk = [{"role": "user", "content": "Name a sea."}, {"role": "assistant", "content": "The Baltic."}]
    seen = examine(tiny_llama.model(vocab_size=49152), tokenizer, talk, example_of(tokenizer, talk))
    said = [
        tokenizer.decode([token.id for token in seen if token.turn == turn and not token.markup]) for turn in (0, 1)
    ]
    assert said[0] == "Name a sea."
    assert said[1].strip() == "The Baltic."
    assert tokenizer.decode([token.id for token in seen if token.label is not None]).strip().startswith("The Baltic.")
