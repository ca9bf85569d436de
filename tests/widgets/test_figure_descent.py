"""The ball on the landscape: every number against the closed form, and what becomes of three learning rates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.desk.descent import path
from tutor.engine.protocol import Call
from tutor.widgets.figures.descent import STEPS, Descent

CALL = Call(lambda _part: None, lambda: False)


def test_gradients_are_the_derivative_and_steps_go_against_them() -> None:
    answer = path(CALL, -2.2, [0.1])
    places = answer["paths"][0]["places"]
    for now, then in itertools.pairwise(places):
        w = now["w"]
        assert now["loss"] == pytest.approx(np.polyval([0.25, 0, -1, -0.35, 1.4], w))
        assert now["gradient"] == pytest.approx(np.polyval([1, 0, -2, -0.35], w))
        assert now["slope"] == pytest.approx(now["gradient"], abs=1e-6)
        assert then["w"] == pytest.approx(w - 0.1 * now["gradient"])


def test_three_rates_end_differently() -> None:
    answer = path(CALL, -2.2, [0.001, 0.1, 0.9])
    assert [found["ends"] for found in answer["paths"]] == ["on the way", "settled", "diverged"]


@pytest.mark.parametrize("step", [0, 1, STEPS])
def test_the_picture_fits(step: int) -> None:
    answer = path(CALL, -2.2, [0.02, 0.2, 0.9], STEPS)
    assert_fits(Descent(), answer, step=step)


def test_the_picture_says_where_each_ball_is() -> None:
    answer = path(CALL, -2.2, [0.02, 0.2, 0.9], STEPS)
    place = answer["paths"][1]["places"][3]
    assert f"{place['w']:+.3f}" in drawn(Descent(), answer, step=3)
