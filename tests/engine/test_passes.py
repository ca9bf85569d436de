"""A text at once is the same as token by token; a timed training step leaves the model as it was."""

from __future__ import annotations

from itertools import islice

import torch
from transformers import DynamicCache

from tests.engine import tiny_llama
from tutor.engine.decoding import continuation
from tutor.engine.passes import one_pass, training_step

IDS = [5, 17, 3, 9]


def test_one_pass_gives_the_logits_of_the_steps() -> None:
    model = tiny_llama.model().eval()
    steps = list(islice(continuation(model, IDS, DynamicCache(config=model.config)), 6))
    written = [step.token for step in steps]
    logits, seconds = one_pass(model, IDS + written[:-1], 1, 6)
    torch.testing.assert_close(logits, torch.stack([step.logits for step in steps]))
    assert seconds > 0


def test_copies_of_a_text_are_continued_alike() -> None:
    model = tiny_llama.model().eval()
    for cached in (True, False):
        found = [
            [step.token for step in islice(continuation(model, IDS, _cache(model, cached), batch=batch), 5)]
            for batch in (1, 3)
        ]
        assert found[0] == found[1]


def _cache(model: torch.nn.Module, cached: bool) -> DynamicCache | None:
    return DynamicCache(config=model.config) if cached else None


def test_a_training_step_changes_nothing() -> None:
    model = tiny_llama.model().eval()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    model.model.norm.weight.requires_grad_(False)
    seconds = training_step(model, IDS, 2)
    assert list(seconds) == ["forward", "backward", "update"]
    assert all(value > 0 for value in seconds.values())
    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert [name for name, weight in after.items() if not weight.requires_grad] == ["model.norm.weight"]
    assert not any(weight.grad is not None for weight in after.values())
