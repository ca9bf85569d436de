"""The sweep of learning rates: it ends where training breaks, and suggests one below that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import tiny_llama
from tutor.engine import lr_finder
from tutor.engine.lr_finder import Point, suggested, sweep


def test_rates_grow_evenly_and_the_mean_forgets() -> None:
    seen: list[tuple[int, int]] = []
    points = sweep(tiny_llama.training(), steps=6, watch=lambda *at: seen.append(at))
    assert seen == [(number, 6) for number in range(6)]
    assert [point.lr for point in points] == pytest.approx([10.0 ** (number - 5) for number in range(6)])
    losses = [point.loss for point in points]
    weights = [0.2 * 0.8 ** (5 - number) for number in range(6)]
    assert points[-1].smooth == pytest.approx(
        sum(weight * loss for weight, loss in zip(weights, losses, strict=True)) / sum(weights)
    )
    assert points[0].smooth == pytest.approx(points[0].loss)


def test_it_ends_where_training_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lr_finder, "HIGHEST", 1e6)
    points = sweep(tiny_llama.training(clip=0.0), steps=30)
    assert len(points) < 30
    best = min(point.smooth for point in points)
    assert points[-1].smooth > lr_finder.DIVERGED * best or points[-1].lr < 1e6
    assert suggested(points) < points[-1].lr / 9


def test_the_suggestion_is_a_tenth_of_the_best_with_one_digit() -> None:
    points = [Point(10.0**-power, loss, loss) for power, loss in ((5, 3.0), (3, 2.0), (1, 1.5), (0, 9.0))]
    assert suggested(points) == pytest.approx(1e-2)
    assert suggested([Point(0.0437, 1.0, 1.0)]) == pytest.approx(4e-3)


def test_the_suggestion_learns_more_than_a_hundredth_of_it() -> None:
    best = suggested(sweep(tiny_llama.training(), steps=20))
    suggestion, small = (tiny_llama.training(lr=lr, epochs=3, schedule="constant") for lr in (best, best / 100))
    assert list(suggestion)[-1].loss < list(small)[-1].loss


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    points = [Point(1e-3, 2.0, 2.0), Point(1e-2, 1.0, 1.8)]
    lr_finder.save_sweep(tmp_path / "sweep.json", points)
    assert lr_finder.read_sweep(tmp_path / "sweep.json") == points
    assert [len(bar) for _, _, bar in lr_finder.bars(points)] == [30, 27]
