"""Recipes and nets of lesson 2.2.2 against NumPy and against their own rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tutor.engine.desk import mixing, mixing_facts
from tutor.engine.protocol import Call, Cancelled

CALL = Call(lambda _part: None, lambda: False)
MATCHES = "sweet matches sour"


def ratings(taste: str) -> np.ndarray:
    """By lemon, water and sugar."""
    return np.array(mixing.surface(CALL, taste)["ratings"]).transpose(1, 0, 2)


@pytest.mark.parametrize("taste", mixing.TASTES)
def test_ratings_are_from_0_to_10(taste: str) -> None:
    found = ratings(taste)
    assert found.shape == (11, 11, 11)
    assert found.min() >= 0
    assert found.max() <= 10


def test_opposite_corners_are_alike() -> None:
    found = ratings(MATCHES)
    assert found[0, 0, 0] == found[10, 0, 10] == 10
    assert found[0, 0, 10] == found[10, 0, 0] == 0
    assert found[0, 10, 0] == 7.5  # water makes it milder


@pytest.mark.parametrize("taste", mixing.TASTES)
def test_the_best_recipe_solves_the_normal_equations(taste: str) -> None:
    answer = mixing.recipe(CALL, taste, 0.5, 0.3, 0.2, 1)
    cups = np.array([[lemon, water, sugar, 1] for lemon in range(11) for water in range(11) for sugar in range(11)])
    wanted = np.array(mixing.TASTES[taste](*_tensors(cups[:, :3] / 10)))
    best = np.linalg.solve(cups.T @ cups, cups.T @ wanted)
    assert answer["best"]["weights"] == pytest.approx(best, abs=1e-9)
    assert answer["best"]["error"] == pytest.approx(np.sqrt(np.mean((cups @ best - wanted) ** 2)), abs=1e-9)
    mine = cups @ np.array([0.5, 0.3, 0.2, 1])
    assert answer["yours"]["error"] == pytest.approx(np.sqrt(np.mean((mine - wanted) ** 2)))
    assert np.array(answer["surfaces"]["yours"]) == pytest.approx(mine.reshape(11, 11, 11)[:, 2], abs=0.051)


def _tensors(columns: np.ndarray) -> tuple[Any, ...]:
    import torch

    return torch.from_numpy(columns).unbind(1)


def test_the_best_straight_recipe_for_a_match_says_the_same_of_every_cup() -> None:
    assert mixing.recipe(CALL, MATCHES, 0, 0, 0, 0)["best"]["weights"] == pytest.approx([0, 0, 0, 5], abs=1e-9)


def test_cups_by_the_storys_recipe() -> None:
    first, second = mixing.cups(CALL, MATCHES, [[4, 0, 10], [10, 0, 10]])["cups"]
    assert first["mixed"] == pytest.approx(0.5 * 4 + 0.2 * 10)
    assert first["name"] == "4 lemon, 0 water, 10 sugar"
    assert second["rated"] == 10


def test_a_hidden_layer_meets_the_match_only_if_it_bends() -> None:
    seen: list[int] = []
    bent = mixing.learn(Call(lambda part: seen.append(len(part["frames"])), lambda: False), MATCHES, 8, "GELU")
    straight = mixing.learn(CALL, MATCHES, 8, "none")
    assert seen[0] == 1  # something to see before anything is learned
    assert [frame["step"] for frame in bent["frames"]] == list(range(0, 601, 30))
    assert bent["frames"][-1]["error"] < 0.3
    assert straight["frames"][-1]["error"] == pytest.approx(straight["straight"], abs=0.01)
    drawn, wanted = np.array(bent["frames"][-1]["surface"]), ratings(MATCHES)[:, 2]
    assert np.abs(drawn - wanted).mean() < 0.3
    assert bent["parameters"] == 3 * 8 + 8 + 8 + 1


def test_learning_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        mixing.learn(Call(lambda _part: None, lambda: True), MATCHES, 2)


def test_attention_is_no_mixture_with_fixed_shares() -> None:
    answer = mixing_facts.gathers(CALL)
    assert [case["holds"] for case in answer["cases"]] == [True, False]
    cup = np.array(mixing_facts.CUP)
    scores = np.exp(cup @ cup[-1] / 10 / np.sqrt(3))
    assert answer["shares"]["once"] == " / ".join(f"{share:.0f}" for share in 100 * scores / scores.sum())


def test_a_straight_taster_needs_no_net() -> None:
    cases = mixing_facts.straight(CALL)["cases"]
    assert {case["name"]: case["holds"] for case in cases} == {
        MATCHES: True,
        "a little of each": True,
        "the more lemon": False,
    }
