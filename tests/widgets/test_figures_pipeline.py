"""The pictures that lesson 1.3.2 adds: what they say, at every width."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.app.app_fakes import RECORDED, recorded_answer
from tests.widgets.figure_checks import WIDTHS, assert_fits, drawn
from tutor.widgets.figures.base import View
from tutor.widgets.figures.entropy_curve import EntropyCurve
from tutor.widgets.figures.fault_bench import FAULTS, FaultBench
from tutor.widgets.figures.logits import LogitBars
from tutor.widgets.lesson.trace import Trace

PROMPT = {"model": "nano", "prompt": "The capital of France is"}


def _compared(fault: str) -> dict[str, Any]:
    return recorded_answer("trace", "diagnosis.compare", PROMPT | {"fault": fault})


@pytest.mark.parametrize("fault", FAULTS)
def test_the_bench_fits(fault: str) -> None:
    assert_fits(FaultBench(), _compared(fault))


def test_the_bench_marks_the_signs_that_moved() -> None:
    lines = drawn(FaultBench(), _compared("mask")).splitlines()
    marked = [line.split("  ")[0] for line in lines if "◂" in line]
    assert marked == ["sees ahead", "next piece", "entropy"]
    assert "◂" not in drawn(FaultBench(), _compared("none"))
    failed = drawn(FaultBench(), _compared("range"))
    assert "IndexError: index out of range in self" in failed
    assert "would write" not in failed


def test_the_bench_offers_only_what_the_page_is_about() -> None:
    figure = FaultBench(["none", "norm"])
    assert figure.controls()[0].options == ["nothing broken", "no final norm"]  # type: ignore[union-attr]
    assert figure.params({"fault": "no final norm"}) == {"fault": "norm"}


def test_the_curve_says_what_its_dot_means() -> None:
    answer = recorded_answer("trace", "entropy.curve", PROMPT)
    for temperature in (0.0, 1.0, 3.0):
        assert_fits(EntropyCurve(), answer, temperature=temperature)
    assert "At 0: 0.00 nats" in drawn(EntropyCurve(), answer, temperature=0.0)
    warm = answer["points"][15]
    says = " ".join(drawn(EntropyCurve(), answer, temperature=1.5).split())
    assert f"{warm['choices']:,.1f} equally likely" in says


@pytest.mark.parametrize("softmax", [False, True])
def test_scores_and_probabilities_of_the_same_tokens(softmax: bool) -> None:
    recorded = json.loads((RECORDED / "trace.json").read_text())
    trace = Trace(about=recorded["load"], report=recorded["trace"])
    for width in WIDTHS:
        lines = LogitBars(5, softmax).picture(trace, View(width)).plain.splitlines()
        assert max(map(len, lines)) <= width
    assert ("77.1 %" in lines[0]) is softmax
    assert lines[-1].startswith("and 13.4 % for the 49,147" if softmax else "and a score for each of the 49,147")
