"""The loss of knowing nothing against the closed form, and the tiers' vocabularies."""

from __future__ import annotations

import math

import pytest

from tutor.engine.desk.first_loss import INPUTS, classifier, uniform
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("classes", [2, 65, 49152])
def test_equal_scores_cost_the_logarithm_of_their_number(classes: int) -> None:
    answer = classifier(CALL, classes, spread=0.0)
    assert answer["loss"] == pytest.approx(math.log(classes), rel=1e-6)
    assert answer["perplexity"] == pytest.approx(classes, rel=1e-4)
    assert answer["surest"] == pytest.approx(1 / classes)


def test_spread_costs_half_the_variance_of_the_scores() -> None:
    """ln Σ e^z of normal z is ln(V) + σ²/2, with σ² = INPUTS · spread² for inputs of variance 1."""
    answer = classifier(CALL, 20_000, spread=0.1)
    assert answer["loss"] - math.log(20_000) == pytest.approx(INPUTS * 0.1**2 / 2, abs=0.25)
    assert classifier(CALL, 1000, spread=1.0)["loss"] > math.log(1000) + 10


def test_every_tier_pays_the_logarithm_of_its_vocabulary() -> None:
    answer = uniform(CALL)
    losses = {row["tier"]: (round(row["loss"], 2), row["vocab"]) for row in answer["rows"]}
    assert losses["nano"] == (10.80, 49152)
    assert losses["tiny"] == losses["small"] == (11.93, 151936)
    assert all(case["holds"] for case in answer["cases"])
    assert answer["rows"][0]["perplexity"] == pytest.approx(49152)
