"""Small trainings learn, can be interrupted, and leave the loaded model bit by bit as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from tests.engine.probes.toy_loaded import toy_loaded
from tutor.engine import minitrain
from tutor.engine.loaded import Loaded
from tutor.engine.minitrain import Recipe, advance, examples_of, session_of, split_lines, twin
from tutor.engine.protocol import Call, Cancelled
from tutor.errors import UsageError

CALL = Call(lambda _part: None, lambda: False)
LINES = "what is this / this is a cat / a fox is a dog"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minitrain, "_kept", {})


def state(loaded: Loaded) -> tuple[dict[str, Tensor], list[bool], list[str]]:
    """All that a training could leave behind: numbers, flags, modules, hooks."""
    model = loaded.model
    numbers = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flags = [parameter.requires_grad for parameter in model.parameters()]
    modules = [f"{name} {type(m).__name__} {m.training} {len(m._forward_hooks)}" for name, m in model.named_modules()]
    return numbers, flags, modules


def assert_untouched(loaded: Loaded, before: tuple[dict[str, Tensor], list[bool], list[str]]) -> None:
    now = state(loaded)
    assert now[1:] == before[1:]
    assert all(torch.equal(now[0][name], tensor) for name, tensor in before[0].items())


@pytest.mark.parametrize("method", ["lora", "full"])
def test_it_learns_and_leaves_the_model_alone(method: str) -> None:
    loaded = toy_loaded()
    before = state(loaded)
    session = session_of(loaded, Recipe(LINES, method))
    list(advance(CALL, [session]))
    assert session.done
    losses = session.losses()
    assert losses[-1] < losses[0]
    assert session.grew is not None
    assert_untouched(loaded, before)


def interrupted(after: int) -> Call:
    """Somebody who loses interest after so many looks."""
    looks: Iterator[int] = iter(range(after))
    return Call(lambda _part: None, lambda: next(looks, None) is None)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = toy_loaded()
    before = state(loaded)
    recipe = Recipe(LINES, method, steps=8)
    session = session_of(loaded, recipe)
    with pytest.raises(Cancelled):
        list(advance(interrupted(3), [session]))
    assert len(session.losses()) == 3
    assert_untouched(loaded, before)
    assert session_of(loaded, recipe) is session
    list(advance(CALL, [session]))
    monkeypatch.setattr(minitrain, "_kept", {})
    whole = session_of(loaded, recipe)
    list(advance(CALL, [whole]))
    assert session.losses() == whole.losses()


def test_two_take_turns() -> None:
    loaded = toy_loaded()
    sessions = [session_of(loaded, Recipe(LINES, method, steps=3)) for method in ("lora", "full")]
    turns = [session.recipe.method for session in advance(CALL, sessions)]
    assert turns == ["lora", "full"] * 3


def test_the_oldest_training_is_given_up() -> None:
    loaded = toy_loaded()
    recipes = [Recipe(LINES, rank=rank) for rank in range(1, minitrain.KEPT + 2)]
    first = session_of(loaded, recipes[0])
    for recipe in recipes[1:]:
        session_of(loaded, recipe)
    assert minitrain.latest() == recipes[-1]
    assert session_of(loaded, recipes[0]) is not first
    minitrain.forget(session_of(loaded, recipes[0]))
    assert minitrain.latest() == recipes[-1]


def test_a_twin_shares_all_numbers_but_those_it_owns() -> None:
    model = toy_loaded().model
    own = model.model.layers[0].self_attn.q_proj.weight
    other = twin(model, own=[own])
    kept = model.model.layers[1].self_attn.q_proj.weight
    assert other.model.layers[1].self_attn.q_proj.weight.data_ptr() == kept.data_ptr()
    mine = other.model.layers[0].self_attn.q_proj.weight
    assert mine.data_ptr() != own.data_ptr()
    assert torch.equal(mine, own)


def test_lines_are_split_and_end() -> None:
    loaded = toy_loaded()
    assert split_lines(" a / b/ ") == ["a", "b"]
    examples = examples_of(loaded.tokenizer, "a cat / a dog")
    assert [example.ids[-1] for example in examples] == [loaded.tokenizer.eos_token_id] * 2
    assert all(example.ids == example.labels for example in examples)
    for text in ("", " / ", "a/" * 9):
        with pytest.raises(UsageError):
            split_lines(text)
