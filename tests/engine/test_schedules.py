"""The learning rate rises in the warm-up, then goes as its schedule says."""

from __future__ import annotations

import pytest

from tutor.engine.schedules import SCHEDULES, share_of_lr


def shares(schedule: str, warmup: float, total: int) -> list[float]:
    return [share_of_lr(schedule, warmup, step, total) for step in range(total)]


def test_it_rises_and_falls() -> None:
    found = shares("cosine", 0.1, 100)
    assert found[0] == pytest.approx(1 / 11)
    assert max(found) == found[10] == 1
    assert found[55] == pytest.approx(0.5)
    assert found[10:] == sorted(found[10:], reverse=True)
    assert found[-1] < 0.001


def test_a_cosine_can_end_at_a_tenth() -> None:
    plain, least = shares("cosine", 0.1, 100), shares("cosine_with_min", 0.1, 100)
    assert least[10:] == pytest.approx([0.1 + 0.9 * share for share in plain[10:]])
    assert least[:10] == plain[:10]


def test_wsd_is_flat_and_then_falls() -> None:
    found = shares("wsd", 0.0, 10)
    assert found[:9] == pytest.approx([1.0] * 9)
    assert found[9] == pytest.approx(0.5)
    assert share_of_lr("wsd", 0.0, 10, 10) == 0


def test_linear_and_constant() -> None:
    assert shares("linear", 0.0, 4) == [1, 0.75, 0.5, 0.25]
    assert shares("constant", 0.0, 4) == [1] * 4


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_share_is_outside_0_and_1(schedule: str) -> None:
    assert all(0 <= share <= 1 for total in (1, 2, 7, 50) for share in shares(schedule, 0.05, total))
