"""lab-rank-ablation: equal budgets, finished trials that stay, and criteria of which each can fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.labs.tiny_models import run_lab, write_model
from tutor.engine.architecture import ATTENTION_TARGETS, Architecture
from tutor.engine.memory import lora_parameters
from tutor.errors import UsageError
from tutor.insight.ranks_found import Found
from tutor.insight.ranks_report import chart
from tutor.runs import grading, store, study
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Interrupted, Run
from tutor.runs.events import EventWriter, read_all
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

LAB = "lab-rank-ablation"
PREDICTIONS = {"elbow": "2", "ends": "none", "memory": "1"}
SYMPTOMS = {
    "budget": {"equal budgets"},
    "order": {"same data in the same order"},
    "scale": {"alpha follows its rule"},
    "targets": {"parameters as computed"},
    "leak": {"nothing leaked"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that all tests share, so that data is collected once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def options(home: Path) -> dict[str, Any]:
    """Of a tiny model that learns something in a few steps."""
    return {"model": str(write_model(home / "tiny")), "smoke": True, "lr": 0.02, "steps": 4}


@pytest.fixture(scope="module")
def made(home: Path, options: dict[str, Any]) -> Callable[[str], RunDir]:
    """One run for each fault, made when it is first asked for; the one without has all arms."""

    @cache
    def run(fault: str) -> RunDir:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TUTOR_HOME", str(home))
            patch.setattr("tutor.engine.plots.save", lambda figure, path: None)
            patch.setattr("tutor.engine.footprint.give_back_memory", lambda: None)  # a second each among all tests
            # Eight batches: of four, two seeds would agree on the order once in 24 collections of data.
            small = {"seeds": 1, "steps": 8} if fault else {"arms": ["targets", "data", "alpha"]}
            return run_lab(LAB, options | small | {"drill": fault}, PREDICTIONS)

    return run


@pytest.fixture
def healthy(made: Callable[[str], RunDir]) -> RunDir:
    """The run without a fault."""
    return made("")


def copied(run: RunDir, to: Path) -> RunDir:
    """A copy whose questions nobody has answered."""
    return RunDir(Path(shutil.copytree(run.path, to / run.id, ignore=shutil.ignore_patterns("answers.json"))))


def failed(run: RunDir) -> set[str]:
    return {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}


def test_every_setup_is_tried_with_every_seed_and_passes(healthy: RunDir, options: dict[str, Any]) -> None:
    assert failed(healthy) == set()
    found = Found(healthy.path)
    assert list(found.by_setup) == ["r2", "r8", "r4-all-linear", "r8-half", "r8-quarter", "r8-fixed", "r8-rslora"]
    shape = Architecture.read(Path(options["model"]))
    for trials in found.by_setup.values():
        assert [trial.seed for trial in trials] == [42, 43, 44]
        assert {len(trial.seen) for trial in trials} == {4}
        assert len({tuple(trial.heldout.nats) for trial in trials}) == 3
        assert all(0 < trial.effective_rank <= trial.setup.r for trial in trials)
    two, eight, wide = (found.by_setup[name][0] for name in ("r2", "r8", "r4-all-linear"))
    assert two.parameters == lora_parameters(shape, 2, ATTENTION_TARGETS)
    assert wide.parameters == pytest.approx(eight.parameters, rel=0.1)
    assert two.seen == eight.seen == wide.seen
    half = found.by_setup["r8-half"][0]
    assert sorted(half.seen[:2]) == sorted(half.seen[2:]) != sorted(eight.seen[2:])


def test_the_plan_counts_the_trials(home: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    lab = load_lab(LAB)
    run = store.create(lab, resolve(lab, options | {"arms": ["data"]}), mode="plan")
    events = EventWriter(run.events)
    load_recipe(lab.recipe).plan(Run(run, events))
    events.close()
    (plan,) = (event for event in read_all(run.events) if event["kind"] == "plan")
    rows = {row["name"]: row["value"] for row in plan["rows"]}
    assert (rows["setups"], rows["trials"], rows["steps"]) == (4, 12, 48)


def test_the_report_recommends_with_its_uncertainty(healthy: RunDir) -> None:
    found, report = Found(healthy.path), healthy.report.read_text()
    rank, shares = found.recommendation
    assert f"**Take r={rank}**" in report
    assert f"{shares[rank]:.0%}" in report
    assert sum(shares.values()) == pytest.approx(1)
    assert "## Which layers, at equal parameters" in report
    assert report.count("●") == len(found.by_setup)
    assert {event["trial"] for event in read_all(healthy.events) if event["kind"] == "step"} <= {
        trial.name for trial in found.trials
    }


def test_a_chart_has_its_dots_in_order(healthy: RunDir) -> None:
    found = Found(healthy.path)
    spreads = {name: found.spread(name) for name in found.by_setup}
    places = [line.index("●") for line in chart(spreads)]
    ranked = sorted(zip((each.mean for each in spreads.values()), places, strict=True))
    assert [place for _, place in ranked] == sorted(places)


def test_the_conclusion_is_judged_by_the_computed_order(healthy: RunDir) -> None:
    graded = grading.grade(healthy)
    conclusion = next(each.question for each in graded.answers if each.question.id == "conclusion")
    assert conclusion.answer == (Found(healthy.path).conclusion,)
    wrong = next(key for key in conclusion.options if key not in conclusion.answer)
    assert not conclusion.is_right(wrong)
    study.answer(healthy, {each.question.id: each.question.answer[0] for each in graded.answers})
    again = grading.grade(healthy)
    assert all(each.right for each in again.answers)
    assert {criterion.name for criterion in again.criteria if criterion.passed is not True} == {"planted faults found"}


def rewritten(run: RunDir, to: Path, **losses: float) -> Found:
    """A copy of the run whose held-out losses of some setups are a constant, give or take the seed."""
    copy = copied(run, to)
    for path in copy.path.glob("trials/*/trial.json"):
        trial = json.loads(path.read_text())
        if trial["setup"]["name"] in losses:
            level = losses[trial["setup"]["name"]] + 0.001 * (trial["seed"] - 43)
            trial["heldout"]["nats"] = [level * count for count in trial["heldout"]["tokens"]]
            path.write_text(json.dumps(trial))
    return Found(copy.path)


@pytest.mark.parametrize(
    ("small", "large", "says", "best", "rank"),
    [(2.0, 1.5, "larger", [8], 8), (1.5, 2.0, "smaller", [2], 2), (1.5, 1.5, "none", [2, 8], 2)],
)
def test_what_is_concluded_follows_the_losses(
    small: float, large: float, says: str, best: list[int], rank: int, healthy: RunDir, tmp_path: Path
) -> None:
    found = rewritten(healthy, tmp_path, r2=small, r8=large)
    assert (found.conclusion, found.as_good, found.recommendation[0]) == (says, best, rank)


def test_a_setup_that_did_not_learn_and_a_trial_that_is_missing_fail(healthy: RunDir, tmp_path: Path) -> None:
    found = rewritten(healthy, tmp_path, **{"r8-half": 99.0})
    assert failed(RunDir(found.directory)) == {"every setup learned"}
    shutil.rmtree(found.folder("r8-half-seed43"))
    assert failed(RunDir(found.directory)) == {"every setup learned", "all trials are done"}


@pytest.mark.parametrize("fault", SYMPTOMS)
def test_every_planted_fault_fails_its_criteria(fault: str, made: Callable[[str], RunDir]) -> None:
    assert failed(made(fault)) == SYMPTOMS[fault] | {"enough seeds"}


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == set(SYMPTOMS)


def test_finished_trials_are_not_repeated(
    home: Path, options: dict[str, Any], healthy: RunDir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    monkeypatch.setattr("tutor.engine.plots.save", lambda figure, path: None)
    copy = copied(healthy, tmp_path)
    wanted = Found(copy.path).folder("r8-seed43") / "trial.json"
    before = json.loads(wanted.read_text())
    shutil.rmtree(wanted.parent)
    said = len(list(read_all(copy.events)))
    events = EventWriter(copy.events)
    load_recipe(load_lab(LAB).recipe).run(Run(copy, events))
    events.close()
    again = json.loads(wanted.read_text())
    assert again["heldout"] == before["heldout"]  # also after other adapters were on the same base
    stages = [event["name"] for event in list(read_all(copy.events))[said:] if event["kind"] == "stage"]
    assert [name for name in stages if "seed" in name] == ["r8-seed43", "r8-seed43"]


def test_a_stopped_trial_leaves_nothing_behind(
    home: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    monkeypatch.setattr(Run, "raise_if_stopped", _stop_in("r2-seed43"))
    with pytest.raises(Interrupted):
        run_lab(LAB, options)
    (run,) = (path.parent for path in (home / "runs").glob("*/trials") if not (path.parent / "report.md").exists())
    assert [trial.name for trial in Found(run).trials] == ["r2-seed42"]


def _stop_in(name: str) -> Callable[[Run], None]:
    """Stops a run in the middle of one trial."""

    def check(run: Run) -> None:
        if any(event["kind"] == "step" and event["trial"] == name for event in read_all(run.directory.events)):
            raise Interrupted

    return check


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ranks": [8]}, "ranks cannot be"),
        ({"ranks": [2, 4]}, "among them r=8"),
        ({"arms": ["colour"]}, "no arm 'colour'"),
        ({"alpha_rule": "double"}, "alpha_rule cannot be"),
        ({"steps": 6}, "steps cannot be 6"),
        ({"steps": 4000}, "4000 steps need"),
    ],
)
def test_what_is_no_experiment_is_refused(
    changes: dict[str, Any], said: str, home: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    with pytest.raises(UsageError, match=said):
        run_lab(LAB, options | changes)
