"""What topic 2.2.4 asks about sizes and choices, against published numbers and the formula."""

from __future__ import annotations

import math

import pytest

from tutor.engine.desk.review import choice, model
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize(
    ("tier", "cache", "guess"),
    [
        ("nano", 23_040, 10.80),
        ("tiny", 12_288, 11.93),
        ("small", 28_672, 11.93),
        ("medium", 57_344, 11.93),
        ("large", 262_144, 11.93),
    ],
)
def test_sizes(tier: str, cache: int, guess: float) -> None:
    answer = model(CALL, tier)
    assert answer["cache"] == cache == 2 * answer["layers"] * answer["kv_width"] * 2
    assert answer["guess"] == pytest.approx(guess, abs=0.01)


def test_a_choice_at_another_temperature() -> None:
    answer = choice(CALL, [2.0, 1.0, 0.1], 0.5)
    for name, temperature in (("plain", 1), ("bent", 0.5)):
        powers = [math.exp(logit / temperature) for logit in (2.0, 1.0, 0.1)]
        assert answer[name] == pytest.approx(100 * powers[0] / sum(powers))
    assert answer["shown"] == "2, 1, 0.1"
