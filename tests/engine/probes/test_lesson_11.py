"""Lesson 1.1 on the embedded model: what its pictures claim of it, and an answer to every check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lesson_checks import assert_checks_work
from tests.widgets.figure_checks import drawn
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call, Role
from tutor.engine.trace import Tracer
from tutor.widgets.figures.rank_energy import RankEnergy

pytestmark = pytest.mark.model
CALL = Call(lambda _part: None, lambda: False)
PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def answers(nano_store: Path) -> Callable[[Role, str, dict[str, Any]], Any]:
    """Both engines, with one model for all tests here."""
    roles = {"desk": PackageMethods("tutor.engine.desk"), "trace": Tracer().methods()}

    def ask(role: Role, method: str, params: dict[str, Any]) -> Any:
        model = {"model": str(nano_store / "nano")} if role == "trace" else {}
        return roles[role][method](CALL, **model, **params)

    return ask


@pytest.mark.parametrize("topic", ["1.1.1", "1.1.2"])
def test_every_check_has_an_answer(topic: str, answers: Callable[..., Any]) -> None:
    assert_checks_work(topic, answers)


def test_real_weights_are_not_low_rank_and_a_change_is(answers: Callable[..., Any]) -> None:
    answer = answers("trace", "spectrum.energy", {"layer": 10, "matrix": "q_proj", "prompt": PROMPT})
    weight, noise, gradient = answer["series"]
    assert gradient["ninety"] <= 4 < noise["half"]
    assert 100 < weight["ninety"] < noise["ninety"]
    assert weight["rank"] == 576 > gradient["rank"]
    assert "gradient on your 5 tokens" in drawn(RankEnergy(), answer)


def test_shapes_of_a_real_pass(answers: Callable[..., Any]) -> None:
    answer = answers("trace", "shape_trace.stages", {"prompt": PROMPT, "times": 2})
    shapes = {stage["name"]: stage["shape"] for stage in answer["stages"]}
    assert shapes["k"] == [10, 192]
    assert shapes["scores"] == [9, 10, 10]
    assert shapes["logits"] == [10, 49152]
