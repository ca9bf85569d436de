"""What two models expect, held against PyTorch's own functions."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tests.engine import tiny_llama
from tutor.engine.side_by_side import compare

IDS = [7, 8, 9, 10, 11]


def test_probabilities_and_divergence() -> None:
    base, tuned = tiny_llama.model(0).eval(), tiny_llama.model(1).eval()
    with torch.no_grad():
        before, after = (torch.softmax(m(torch.tensor([IDS])).logits[0].double(), -1) for m in (base, tuned))
    places = compare(base, tuned, IDS, count=3)
    assert [place.follows.token if place.follows else None for place in places] == [*IDS[1:], None]
    for number, place in enumerate(places):
        expected = functional.kl_div(before[number].log(), after[number], reduction="sum")
        assert place.kl == pytest.approx(float(expected), rel=1e-6)
        for one in place.candidates:
            assert one.base == pytest.approx(float(before[number, one.token]), rel=1e-9)
            assert one.tuned == pytest.approx(float(after[number, one.token]), rel=1e-9)
        tokens = {one.token for one in place.candidates}
        assert {*before[number].topk(3).indices.tolist(), *after[number].topk(3).indices.tolist()} == tokens
        changes = [abs(one.tuned - one.base) for one in place.candidates]
        assert changes == sorted(changes, reverse=True)


def test_a_model_does_not_differ_from_itself() -> None:
    model = tiny_llama.model().eval()
    for place in compare(model, model, IDS):
        assert place.kl == 0
        assert all(one.base == one.tuned for one in place.candidates)
