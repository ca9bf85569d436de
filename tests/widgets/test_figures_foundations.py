"""The pictures of lesson 1.2.1, at any width, and what they say."""

from __future__ import annotations

from typing import Any

import pytest
from textual.content import Content

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk.decision import EDGE, FRAMES, train
from tutor.engine.desk.first_loss import classifier
from tutor.engine.protocol import Call
from tutor.widgets.figures import decision
from tutor.widgets.figures.base import View
from tutor.widgets.figures.decision import Decision
from tutor.widgets.figures.first_loss import FirstLoss
from tutor.widgets.figures.own_loss import OwnLoss
from tutor.widgets.figures.scratch_vs_tuned import ScratchVsTuned

CALL = Call(lambda _part: None, lambda: False)

OWN = {
    "first": "The",
    "tokens": [
        {"piece": " capital", "p": 0.00001, "loss": 11.5},
        {"piece": "\x1b[31m\n", "p": 0.5, "loss": 0.69},
        *({"piece": f" word{n}", "p": 0.1, "loss": 2.3} for n in range(30)),
    ],
    "loss": 3.69,
    "perplexity": 40.0,
    "twin_loss": 10.9,
    "twin_perplexity": 54_034.5,
    "uniform": 10.8,
    "vocab": 49152,
}

RACE: dict[str, Any] = {
    "pretraining": [[0, 4.57], [20, 3.0]],
    "scratch": [[0, 4.57], [20, 3.2], [40, 3.0]],
    "tuned": [[0, 2.9], [20, 2.5], [40, 2.4]],
    "goal": 3.0,
    "steps": {"scratch": 40, "tuned": 0},
    "samples": {"scratch": "q\x1b[31mz the", "tuned": "the cat\n"},
    "uniform": 4.56,
    "total": 40,
    "head_start": 20,
    "parameters": 26336,
}


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """A short training."""
    return train(CALL, "xor", steps=30)


@pytest.mark.parametrize("frame", [0, 7, FRAMES])
def test_decision_fits(trained: dict[str, Any], frame: int) -> None:
    assert decision.FRAMES == FRAMES
    assert decision.EDGE == EDGE
    assert_fits(Decision(), trained, frame=frame)


def test_decision_draws_a_part(trained: dict[str, Any]) -> None:
    assert_fits(Decision(), trained | {"frames": trained["frames"][:1]})


def test_the_map_shows_points_and_what_the_net_says() -> None:
    frame = {"step": 0, "loss": None, "right": 0.5, "map": ["0" * 20 + "8" * 20] * 40}
    answer = {"frames": [frame], "points": [[-1.8, 1.8, 1], [1.8, -1.8, 0]], "parameters": 33, "steps": 30}
    lines = drawn(Decision(), answer, 56, colours=False).splitlines()
    assert lines[0] == "x" + " " * 11 + ":" * 12
    assert lines[11] == " " * 12 + ":" * 11 + "o"
    assert "no longer a number" in "\n".join(lines)
    colours = Decision().picture(answer, start_values(Decision()), View(76))
    styles = {str(span.style) for span in Content("\n").join([colours]).spans}
    assert {"$heat4 on $heat-2", "on $heat-2", "on $heat2", "$heat2 on $heat-4"} <= styles


def test_a_page_can_offer_some_controls_only() -> None:
    figure = Decision(activation="none", show=["data", "frame"])
    assert [control.name for control in figure.controls()] == ["data", "frame"]
    asked = figure.params({"data": "moons", "frame": 3})
    assert asked == {"data": "moons", "activation": "none", "width": 8, "rate": 0.5, "batch": 30, "seed": 0}


@pytest.mark.parametrize(("spread", "says"), [(0.0, "knows nothing"), (0.3, "sure of something, and wrong")])
def test_first_loss(spread: float, says: str) -> None:
    answer = classifier(CALL, 1000, spread)
    assert_fits(FirstLoss(), answer)
    picture = drawn(FirstLoss(), answer)
    assert says in picture
    assert f"{answer['loss']:.3f}" in picture


def test_own_loss_marks_surprises_and_is_safe() -> None:
    assert_fits(OwnLoss(), OWN)
    picture = drawn(OwnLoss(), OWN)
    assert "·capital" in picture and "11.50" in picture
    assert "\x1b" not in picture
    assert "and 24 more" in picture
    spans = OwnLoss().picture(OWN, {}, View(76)).spans
    assert {"$problem", "$activation"} <= {str(span.style) for span in spans}


def test_scratch_and_tuned_are_compared_in_words() -> None:
    assert_fits(ScratchVsTuned(), RACE)
    picture = drawn(ScratchVsTuned(), RACE)
    assert "3.00 at best, at step 40" in picture
    assert "as good at step 0; 2.40 at best" in picture
    assert "\x1b" not in picture
    never = RACE | {"steps": {"scratch": 40, "tuned": None}}
    assert "as good never" in drawn(ScratchVsTuned(), never)


def test_scratch_vs_tuned_draws_a_part() -> None:
    part = RACE | {"scratch": [], "tuned": [], "goal": None, "steps": None, "samples": None}
    assert_fits(ScratchVsTuned(), part)
