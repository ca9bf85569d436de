"""The filters against transformers' own, and against what must hold for any logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tutor.engine.sampling import Array, distribution, draw, entropy, keep_top_k, keep_top_p, penalise, softmax
from tutor.errors import UsageError

LOGITS = arrays(np.float64, st.integers(1, 50), elements=st.floats(-50, 50))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [0, 1, 7, 500])
@pytest.mark.parametrize("top_p", [0.05, 0.9, 1.0])
def test_equals_transformers(temperature: float, top_k: int, top_p: float) -> None:
    import torch
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    logits = np.random.default_rng(0).normal(0, 4, 400)
    scores = torch.tensor(logits).unsqueeze(0)
    ids = torch.zeros(1, 1, dtype=torch.long)
    scores = TemperatureLogitsWarper(temperature)(ids, scores)
    if top_k:
        scores = TopKLogitsWarper(top_k)(ids, scores)
    scores = TopPLogitsWarper(top_p)(ids, scores)
    ours = distribution(logits, temperature, top_k, top_p)
    np.testing.assert_allclose(ours.final, scores.softmax(-1)[0].numpy(), atol=1e-12)


@pytest.mark.parametrize("penalty", [0.8, 1.0, 1.3])
def test_the_penalty_equals_transformers(penalty: float) -> None:
    import torch
    from transformers import RepetitionPenaltyLogitsProcessor

    logits, seen = np.random.default_rng(1).normal(0, 4, 400), [3, 7, 7, 250]
    scores = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor([seen]), torch.tensor(logits).unsqueeze(0))
    found = distribution(logits, penalty=penalty, seen=seen)
    np.testing.assert_allclose(found.final, scores.softmax(-1)[0].numpy(), atol=1e-12)
    np.testing.assert_array_equal(found.plain, softmax(logits))


@given(LOGITS, st.floats(1, 3), st.data())
def test_the_penalty_lowers_what_was_seen_and_nothing_else(logits: Array, penalty: float, data: st.DataObject) -> None:
    seen = data.draw(st.sets(st.integers(0, logits.size - 1)))
    lowered = penalise(logits, penalty, seen)
    assert (lowered <= logits).all()
    others = [token for token in range(logits.size) if token not in seen]
    np.testing.assert_array_equal(lowered[others], logits[others])


@given(LOGITS, st.floats(0, 5), st.integers(0, 60), st.floats(0.01, 1))
def test_every_stage_is_a_distribution_and_keeps_the_likeliest(
    logits: Array, temperature: float, top_k: int, top_p: float
) -> None:
    found = distribution(logits, temperature, top_k, top_p)
    for stage in (found.plain, found.after_temperature, found.after_top_k, found.after_top_p):
        assert stage.sum() == pytest.approx(1)
        assert logits[stage.argmax()] == pytest.approx(logits.max())
    assert np.count_nonzero(found.after_top_p) <= np.count_nonzero(found.after_top_k)


@given(LOGITS, st.floats(0.01, 0.99))
def test_the_nucleus_reaches_p_and_is_smallest(logits: Array, p: float) -> None:
    probabilities = softmax(logits)
    kept = np.isfinite(keep_top_p(logits, p))
    assert probabilities[kept].sum() >= p - 1e-9
    assert probabilities[kept].sum() - probabilities[kept].min() < p + 1e-9


@given(LOGITS)
def test_zero_temperature_is_the_limit(logits: Array) -> None:
    frozen = distribution(logits, temperature=0)
    assert frozen.final[logits.argmax()] == 1
    assert entropy(frozen.final) == 0
    assert draw(frozen.final, seed=1) == logits.argmax()


def test_top_k_keeps_ties() -> None:
    assert np.isfinite(keep_top_k(np.array([1.0, 2.0, 2.0, 0.0]), 1)).tolist() == [False, True, True, False]


def test_known_values() -> None:
    np.testing.assert_allclose(softmax(np.array([2.0, 1.0, 0.1])), [0.659, 0.242, 0.099], atol=5e-4)
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(np.log(8))
    assert np.isfinite(softmax(np.array([1000.0, 0.0]))).all()


def test_the_draw_follows_the_probabilities_and_the_seed() -> None:
    probabilities = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = [draw(probabilities, seed) for seed in range(4000)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, probabilities, atol=0.03)
    assert drawn[:20] == [draw(probabilities, seed) for seed in range(20)]
    texts = [[draw(probabilities, (seed, step)) for step in range(20)] for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    "settings", [(-1, 0, 1), (1, -1, 1), (1, 0, 0), (1, 0, 1.1), (float("nan"), 0, 1), (1, 0, 1, 0)]
)
def test_settings_are_checked(settings: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError):
        distribution(np.zeros(3), *settings)
