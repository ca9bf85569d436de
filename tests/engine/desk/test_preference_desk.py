"""The desk of the preference loss against its formulas."""

from __future__ import annotations

import math

import pytest

from tutor.engine.desk.preference import desk
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("beta", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(("chosen", "rejected"), [(0.0, 0.0), (6.0, -3.0), (-5.0, -15.0), (-8.0, 2.0)])
def test_dpo(beta: float, chosen: float, rejected: float) -> None:
    answer = desk(CALL, beta, chosen, rejected)
    wins = 1 / (1 + math.exp(-beta * (chosen - rejected)))
    assert answer["wins"] == pytest.approx(wins)
    assert answer["loss"] == pytest.approx(-math.log(wins))
    assert answer["gradient"] == pytest.approx(-beta * (1 - wins))
    assert answer["before"] == pytest.approx(math.log(2))
    assert answer["rewards"] == pytest.approx([beta * chosen, beta * rejected])


def test_ipo_wants_a_margin_and_no_more() -> None:
    assert desk(CALL, 0.1, 3.0, -2.0, "ipo")["gradient"] == pytest.approx(0)
    assert desk(CALL, 0.1, 4.0, -2.0, "ipo")["gradient"] > 0
    assert desk(CALL, 0.1, 0.0, 0.0, "ipo")["loss"] == pytest.approx(25)


def test_the_curve_goes_through_the_pair() -> None:
    answer = desk(CALL, 0.1, 5.0, -5.0)
    assert dict(map(tuple, answer["curve"]))[10.0] == pytest.approx(answer["loss"])
