"""The character model: where it begins, that it learns, and that the same seed does the same."""

from __future__ import annotations

import math

import pytest
import torch

from tutor.engine.charmodel import ALPHABET, CONTEXT, CharModel, descend, encode, mean_loss, write

TEXT = encode("the cat sat on the mat and the dog ran. " * 20)


def test_only_its_alphabet_is_read() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 96
    assert encode("aé\n世b").tolist() == [ALPHABET.index(c) for c in "a\nb"]


def test_a_fresh_model_pays_for_guessing() -> None:
    assert mean_loss(CharModel(0), TEXT) == pytest.approx(math.log(len(ALPHABET)), abs=0.1)


def test_the_mean_loss_is_that_of_each_window() -> None:
    model, short = CharModel(0), TEXT[: CONTEXT + 3]
    with torch.no_grad():
        each = [-model(short[None, n : n + CONTEXT]).log_softmax(-1)[0, short[n + CONTEXT]].item() for n in range(3)]
    assert mean_loss(model, short) == pytest.approx(sum(each) / 3, rel=1e-5)


def test_one_step_is_gradient_descent() -> None:
    ours, theirs = CharModel(0), CharModel(0)
    assert list(descend(ours, TEXT, 0.1, 2, seed=3)) == [0, 1, 2]
    optimizer, draw = torch.optim.SGD(theirs.parameters(), 0.1, momentum=0.9), torch.Generator().manual_seed(3)
    windows = TEXT.unfold(0, CONTEXT + 1, 1)
    for _ in range(2):
        drawn = windows[torch.randint(len(windows), (128,), generator=draw)]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(theirs(drawn[:, :-1]), drawn[:, -1])
        torch.autograd.backward(loss)
        optimizer.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_it_learns_and_writes_the_same_with_the_same_seed() -> None:
    model = CharModel(0)
    list(descend(model, TEXT, 0.1, 80, seed=0))
    assert mean_loss(model, TEXT) < 1
    assert write(model, 20, seed=1) == write(model, 20, seed=1)
    assert len(write(model, 20)) == 20
