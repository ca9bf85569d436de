"""The grid of ranks: what it counts, when it says that runs differ, and every check of lesson 2.3.3."""

from __future__ import annotations

from statistics import mean, stdev
from typing import Any

import pytest

from tests.engine.probes.toy_loaded import toy_loaded
from tests.lesson_checks import assert_checks_work
from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.heldout import HeldOut
from tutor.engine.loaded import Loaded
from tutor.engine.methods import PackageMethods
from tutor.engine.probes import rank_ablation
from tutor.engine.probes.rank_ablation import grid, places, skills, used
from tutor.engine.protocol import Call, Cancelled, Role
from tutor.engine.rank_trials import Bench, Outcome, Trial
from tutor.widgets.figures.rank_grid import RankGrid
from tutor.widgets.figures.rank_places import RankPlaces

CALL = Call(lambda _part: None, lambda: False)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return toy_loaded()


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test gets the trials of another."""
    monkeypatch.setattr(rank_ablation, "_known", {})
    monkeypatch.setattr(rank_ablation, "_untrained", {})


def planted(monkeypatch: pytest.MonkeyPatch, held_out: dict[int, list[float]]) -> None:
    """Trials that come out as somebody says, by rank and seed."""

    def run(_bench: Bench, trial: Trial, _check: Any) -> Outcome:
        loss = held_out[trial.rank][trial.seed]
        return Outcome(1.0, HeldOut([5 * loss] * 8, [5] * 8), 0.5, 100 * trial.rank, 1.0)

    monkeypatch.setattr(Bench, "run", run)


def test_the_grid_fills_up_trial_by_trial(loaded: Loaded) -> None:
    parts: list[dict[str, Any]] = []
    answer = grid(Call(lambda part: parts.append(dict(part)), lambda: False), loaded, "1 2", "rsLoRA")
    assert [part["done"] for part in parts] == [0, 1, 2, 3, 4, 5, 6]
    assert parts[0]["untrained"]["held_out"] > 0
    assert not parts[0]["rows"]
    assert [len(row["held_out"]) for row in parts[3]["rows"]] == [2, 1]
    for row, rank in zip(answer["rows"], (1, 2), strict=True):
        assert row["parameters"] == row["closed_form"] == row["everywhere"]  # the toy has no more layers
        assert row["scale"] == pytest.approx(2 * (8 / rank) ** 0.5)
        assert row["mean"] == pytest.approx(mean(row["held_out"]))
        assert row["sd"] == pytest.approx(stdev(row["held_out"]))
    for part in (*parts, answer):
        assert_fits(RankGrid(), part)


def test_a_trial_is_not_run_twice(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    first = grid(CALL, loaded, "1 2")
    monkeypatch.setattr(Bench, "run", None)
    assert grid(CALL, loaded, "2 1")["rows"] == first["rows"][::-1]
    with pytest.raises(TypeError):
        grid(CALL, loaded, "1 2", lr=0.5)


def test_a_clear_winner(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, {4: [2.0, 2.1, 2.2], 8: [1.5, 1.61, 1.7], 16: [1.5, 1.6, 1.71], 32: [1.9, 2.0, 2.1]})
    answer = grid(CALL, loaded)
    assert answer["elbow"] == 8  # as good as 16, as far as the runs can tell
    assert set(answer["ties"]) | {answer["best"]} == {"rank 8", "rank 16"}
    assert answer["says"] == {"better": 1, "worse": 0, "same": 0}
    assert answer["elbows"] == {"4": 0, "8": 1, "16": 0, "32": 0}
    text = drawn(RankGrid(), answer, 120, guess="8")
    assert "Rank 8 is enough here: as you guessed." in text
    assert "you guessed 32" in drawn(RankGrid(), answer, guess="32")
    cases = {case["name"]: case["holds"] for case in skills(CALL, loaded)["cases"]}
    assert cases == {"4 → 8 lowers the loss": True, "8 → 16 lowers the loss": False, "16 → 32 lowers the loss": False}


def test_no_difference_is_an_answer(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, {4: [2.0, 2.1, 2.0], 8: [2.1, 2.0, 2.1], 16: [1.9, 2.1, 2.1], 32: [2.0, 2.2, 1.9]})
    answer = grid(CALL, loaded)
    assert answer["elbow"] == 4
    assert answer["says"] == {"better": 0, "worse": 0, "same": 1}
    assert "no significant difference" in drawn(RankGrid(), answer)


def test_places_spend_about_the_same(loaded: Loaded) -> None:
    answer = places(CALL, loaded)
    counts = [row["parameters"] for row in answer["rows"]]
    assert max(counts) < 1.2 * min(counts)
    assert [case["name"] for case in answer["cases"]] == ["MLP below attention", "MLP below all seven"]
    assert_fits(RankPlaces(), answer)


def test_one_adapter_is_taken_apart(loaded: Loaded) -> None:
    assert 1 <= used(CALL, loaded, 4)["effective"] <= 4


def test_a_grid_can_be_cancelled(loaded: Loaded) -> None:
    parts: list[Any] = []
    with pytest.raises(Cancelled):
        grid(Call(parts.append, lambda: len(parts) > 1), loaded, "1 2")
    assert len(parts) == 2


def test_every_check_of_the_lesson_has_an_answer(loaded: Loaded) -> None:
    desk = PackageMethods("tutor.engine.desk")
    probes = PackageMethods("tutor.engine.probes", lambda probe: lambda call, **params: probe(call, loaded, **params))

    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        return (probes if role == "trace" else desk)[method](CALL, **params)

    assert_checks_work("2.3.3", answers)
