"""Early stopping ends a training that no longer helps, and gives back the best adapter."""

from __future__ import annotations

import torch

from tests.engine import tiny_llama
from tutor.engine.stopping import EarlyStopping


def watched(losses: list[float], patience: int) -> tuple[EarlyStopping, torch.nn.Parameter]:
    """A parameter whose value is the step, at which each loss was measured."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    stopping = EarlyStopping(patience)
    for step, loss in enumerate(losses, 1):
        parameter.data.fill_(step)
        stopping.observe(step, loss, {"p": parameter})
    return stopping, parameter


def test_it_waits_and_gives_back_the_best() -> None:
    for losses, exhausted, best in (
        ([3.0, 2.0, 2.5], False, 2),
        ([3.0, 2.0, 2.5, 2.0], True, 2),
        ([3.0, 2.0, 2.5, 1.5], False, 4),
    ):
        stopping, parameter = watched(losses, patience=2)
        assert (stopping.exhausted, stopping.best_step) == (exhausted, best)
        stopping.put_back({"p": parameter})
        assert parameter.item() == best


def test_without_patience_it_never_stops_and_keeps_nothing() -> None:
    stopping, parameter = watched([1.0, 2.0, 3.0, 4.0], patience=0)
    assert not stopping.exhausted
    stopping.put_back({"p": parameter})
    assert parameter.item() == 4


def test_a_training_ends_where_held_out_loss_rises() -> None:
    training = tiny_llama.training(patience=2, epochs=20)
    for step in training:
        if step.number % 3 == 0:
            training.observe(1.0 + 0.1 * step.number)
    assert (training.done, training.stopping.best_step) == (9, 3)
