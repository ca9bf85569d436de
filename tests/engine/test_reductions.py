"""Norms and softmaxes counted in a pass, against what the shape of a model says."""

from __future__ import annotations

import pytest

from tutor.engine.desk.softmax_claim import printed
from tutor.engine.modules import meta_model
from tutor.engine.protocol import Call
from tutor.engine.reductions import count_reductions
from tutor.engine.tiers import TIERS


@pytest.mark.parametrize(("tier", "total"), [("nano", 92), ("tiny", 74), ("small", 86), ("medium", 86)])
def test_two_norms_and_a_softmax_a_layer_then_one_of_each(tier: str, total: int) -> None:
    layers = TIERS[tier].architecture.layers
    found = count_reductions(meta_model(TIERS[tier].architecture))
    assert (found.norms, found.softmaxes) == (2 * layers + 1, layers)
    assert found.total == total


def test_the_printed_softmax_was_wrong() -> None:
    answer = printed(Call(lambda _part: None, lambda: False))
    assert answer["p"] == pytest.approx([0.551, 0.041, 0.408], abs=5e-4)
    assert [case["holds"] for case in answer["cases"]] == [False]
