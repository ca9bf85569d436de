"""The pictures of lesson 2.3 fit, and say what the engines found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.probes.toy_loaded import toy_loaded
from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine import minitrain
from tutor.engine.desk.lora_steps import learn
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call
from tutor.widgets.figures.base import Figure
from tutor.widgets.figures.base_and_tuned import BaseAndTuned
from tutor.widgets.figures.how_far import HowFar
from tutor.widgets.figures.lora_matrices import MATRICES, LoraMatrices
from tutor.widgets.figures.lora_start import STARTS, LoraStart
from tutor.widgets.figures.merge_check import MergeCheck
from tutor.widgets.figures.merge_strategies import MergeStrategies
from tutor.widgets.figures.strength import Strength
from tutor.widgets.figures.targets_race import TargetsRace
from tutor.widgets.figures.train_diff import TrainDiff
from tutor.widgets.figures.trained_delta import TrainedDelta
from tutor.widgets.figures.what_changed import WhatChanged

LOADED = toy_loaded()
PROBES = PackageMethods("tutor.engine.probes", lambda probe: lambda call, **params: probe(call, LOADED, **params))
LINES, SECOND = "what is this / this is a cat", "a dog is what / a fox is a dog"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minitrain, "_kept", {})


def answers_to(figure: Figure, **changes: Any) -> list[dict[str, Any]]:
    """All that the probe streams for the figure, the whole answer last."""
    parts: list[dict[str, Any]] = []
    keep = Call(lambda part: parts.append(json.loads(json.dumps(part))), lambda: False)
    params = figure.params(start_values(figure) | changes)
    if figure.USES_PROMPT:
        params["prompt"] = "this is a cat"
    whole = PROBES[figure.ASK[1]](keep, **params)
    return [*parts, json.loads(json.dumps(whole))]


def assert_all_fit(figure: Figure, answers: list[dict[str, Any]], **values: Any) -> None:
    for answer in (*answers[:3], *answers[-3:]):
        assert_fits(figure, answer, **values)


def test_matrices_explain_their_cells() -> None:
    figure, answer = LoraMatrices(), json.loads(json.dumps(learn(Call(lambda _p: None, lambda: False))))
    for shown in MATRICES:
        for step in (0, 400):
            assert_fits(figure, answer, shown=shown, step=step)
    frame = answer["frames"][-1]
    cells = figure.cells(answer, start_values(figure))
    (b1, b2), a1, a2 = frame["b"][1], frame["a"][0][2], frame["a"][1][2]
    assert cells.values[1][2] == pytest.approx(2 / 2 * (b1 * a1 + b2 * a2), abs=1e-5)
    assert cells.explain(1, 2).plain.startswith(f"{cells.values[1][2]:.4g}  = 2/2 · (")
    assert "off by 3.44 of 3.44" in drawn(figure, answer, step=0)
    assert "no matrix of rank 2 can do better than 0.75" in drawn(figure, answer)
    first = figure.cells(answer, start_values(figure) | {"shown": "B", "step": 0})
    assert first.columns == ["r 1", "r 2"]
    assert not any(any(row) for row in first.values)


@pytest.mark.parametrize("start", STARTS)
def test_starts(start: str) -> None:
    figure = LoraStart(start)
    waiting, answer = answers_to(figure)
    for one in (waiting, answer, answer | {"gradients": None}):
        assert_fits(figure, one)
    text = drawn(figure, answer)
    says = {STARTS[0]: "exactly the base", STARTS[1]: "nothing ever will", STARTS[2]: "disturbed"}
    assert says[start] in text
    assert ("exactly 0 " in text) is (start != STARTS[2])


def test_strengths() -> None:
    figure = Strength(LINES, "this is")
    answers = answers_to(figure, strength=2.0)
    assert_all_fit(figure, answers, strength=2.0)
    text = drawn(figure, answers[-1], strength=2.0)
    assert "strength 2    this is" in text
    assert "base, 0" in text
    assert f"step {minitrain.STEPS} of {minitrain.STEPS}" in text
    assert "unrelated text" not in drawn(figure, answers[0])


def test_trained_differences() -> None:
    figure = TrainedDelta(layer=1, rank=4)
    answers = answers_to(figure)
    for shown in ("W", "A", "B", "ΔW"):
        assert_all_fit(figure, answers, shown=shown)
    assert figure.cells(answers[0], start_values(figure)) is None
    assert "Rank of W: 16, of ΔW: 4" in " ".join(drawn(figure, answers[-1]).split())
    assert figure.limits(answers[-1]) == {"layer": range(2)}
    cells = figure.cells(answers[-1], start_values(figure))
    assert cells is not None
    assert "a product B·A for each of r" in cells.explain(0, 0).plain


def test_races_of_targets() -> None:
    figure = TargetsRace(LINES)
    answers = answers_to(figure)
    assert_all_fit(figure, answers)
    last = answers[-1]["rows"][1]
    row = next(line for line in drawn(figure, answers[-1]).splitlines() if line.startswith("MLP"))
    assert row.split() == [
        "MLP",
        str(last["rank"]),
        f"{last['trainable']:,}",
        f"{last['losses'][-1]:.3f}",
        f"{last['other']:.3f}",
    ]


def test_trainings_side_by_side() -> None:
    figure = TrainDiff(LINES, "this is")
    (waiting,) = answers_to(figure)[-1:]
    assert "not started" in drawn(figure, waiting)
    assert_fits(figure, waiting)
    answers = answers_to(figure, go="on")
    assert_all_fit(figure, answers)
    text = drawn(figure, answers[-1], go="on")
    assert text.startswith("finished   step 22 of 22")
    assert f"{answers[-1]['methods'][1]['trainable']:,}" in text
    paused = answers[len(answers) // 2] | {"go": False}
    assert drawn(figure, paused).startswith("paused")
    absent = answers[0]
    absent["methods"][1]["absent"] = "it needs 9 GB, and 1 GB are free"
    assert "full fine-tuning: it needs 9 GB" in drawn(figure, absent)

    far, changed = HowFar(), WhatChanged()
    assert_all_fit(far, answers)
    assert_all_fit(far, answers, method="full")
    moved = answers[-1]["methods"][0]["result"]["moved"]
    assert f"{moved['numbers']:,} of {moved['all']:,} weights moved, " in drawn(far, answers[-1])
    cells = far.cells(answers[-1], start_values(far))
    assert cells is not None
    assert "not touched" in cells.explain(cells.rows.index("up_proj"), 0).plain
    assert far.cells(answers[0], start_values(far)) is None
    assert_all_fit(changed, answers)
    lora = answers[-1]["methods"][0]["result"]["other"] - answers[-1]["base"]["other"]
    assert f"{lora:+.3f}" in drawn(changed, answers[-1])


def test_merging_is_checked() -> None:
    figure = MergeCheck("this is")
    minitrain.session_of(LOADED, minitrain.Recipe(LINES))
    answers = answers_to(figure)
    assert_all_fit(figure, answers)
    row = next(line for line in drawn(figure, answers[-1]).splitlines() if line.startswith("base "))
    assert row.split()[2:4] == ["0", "0"]


def test_ways_of_merging_are_compared() -> None:
    figure = MergeStrategies(LINES, SECOND)
    answers = answers_to(figure)
    assert_all_fit(figure, answers)
    text = drawn(figure, answers[-1])
    assert "opposite directions" in text
    cat = answers[-1]["rows"][4]
    assert next(line for line in text.splitlines() if line.startswith("cat")).split()[-3:] == [
        "16", f"{cat['first']:.2f}", f"{cat['second']:.2f}",
    ]  # fmt: skip


def test_both_models_on_one_text() -> None:
    figure = BaseAndTuned("this is a cat")
    minitrain.session_of(LOADED, minitrain.Recipe(LINES))
    answers = answers_to(figure)
    assert_all_fit(figure, answers)
    whole = answers[-1]
    best = whole["places"][2]["candidates"][0]
    text = drawn(figure, whole, cell=(0, 2))
    assert f"{100 * (best['tuned'] - best['base']):+.2f} %" in text
    cells = figure.cells(whole, start_values(figure))
    assert cells is not None
    follows = whole["places"][1]["follows"]
    assert cells.values[2][1] == follows["tuned"] - follows["base"]
    assert cells.values[2][3] is None
