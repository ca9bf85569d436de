"""Differences between repeated trials, and the rule that recommends a rank."""

from __future__ import annotations

import random

import pytest
import torch

from tutor.engine.heldout import HeldOut
from tutor.engine.spectrum import effective_rank
from tutor.engine.trials import Spread, difference, recommend, recommended, spread


def trials(loss: float, noise: float, seed: int, seeds: int = 3, examples: int = 30) -> list[HeldOut]:
    """Held-out losses around `loss`; examples differ a lot, alike for all setups."""
    chance, shared = random.Random(seed), random.Random(0)
    hard = [shared.uniform(-0.8, 0.8) for _ in range(examples)]
    tokens = [shared.randrange(5, 20) for _ in range(examples)]
    shifts = [chance.gauss(0, noise) for _ in range(seeds)]
    return [
        HeldOut([(loss + shift + each) * count for each, count in zip(hard, tokens, strict=True)], tokens)
        for shift in shifts
    ]


def test_pairs_prove_what_unpaired_examples_would_hide() -> None:
    gap = difference(trials(1.05, 0.005, 1), trials(1.0, 0.005, 2))
    assert gap.verdict == "better"  # more than chance: the first one's loss is higher
    assert gap.low < 0.05 < gap.high + 0.01
    assert gap.value == pytest.approx(spread(trials(1.05, 0.005, 1)).mean - spread(trials(1.0, 0.005, 2)).mean)


def test_seeds_that_differ_more_than_setups_prove_nothing() -> None:
    assert difference(trials(1.02, 0.1, 1), trials(1.0, 0.1, 2)).verdict == "inconclusive"


def test_the_same_trials_do_not_differ() -> None:
    gap = difference(trials(1.0, 0.1, 1), trials(1.0, 0.1, 1))
    assert (gap.low, gap.value, gap.high) == (0, 0, 0)


def test_the_smallest_rank_within_a_deviation_is_recommended() -> None:
    losses = {4: 1.20, 8: 1.04, 16: 1.0, 32: 1.01}
    assert recommend(losses, 0.05) == 8
    assert recommend(losses, 0.001) == 16
    assert recommend(losses, 1.0) == 4


def test_a_recommendation_says_how_sure_it_is() -> None:
    clear, shares = recommended({4: trials(1.5, 0.01, 1), 8: trials(1.0, 0.01, 2), 16: trials(1.0, 0.01, 3)})
    assert clear in (8, 16)
    assert shares[4] == 0
    assert sum(shares.values()) == pytest.approx(1)
    _, unsure = recommended({4: trials(1.06, 0.08, 4), 8: trials(1.0, 0.08, 5)})
    assert 0 < unsure[4] < 1


def test_a_single_seed_has_no_deviation() -> None:
    assert Spread.of([2.0]) == Spread(2.0, 0.0)
    assert str(Spread.of([1.0, 3.0])) == "2.000 ± 1.414"


def test_effective_rank_is_that_of_the_product() -> None:
    torch.manual_seed(0)
    b, a = torch.randn(40, 8), torch.randn(8, 24)
    values = torch.linalg.svdvals((b @ a).double()).square()
    wanted = int((values.cumsum(0) / values.sum() < 0.95).sum()) + 1
    assert effective_rank(b, a) == wanted
    b[:, 1:] *= 1e-3
    assert effective_rank(b, a) == 1
    assert effective_rank(torch.zeros(40, 8), a) == 0
