"""Pictures of preferences: the desk of the loss, and a pair token by token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk.preference import desk
from tutor.engine.protocol import Call
from tutor.widgets.figures.preference_desk import PreferenceDesk
from tutor.widgets.pairlens import pair_content

CALL = Call(lambda _part: None, lambda: False)
CHOSEN = {"pieces": ["return", " a", "\x1b[31m<end>"], "policy": [-1.0, -2.0, -0.5], "reference": [-1.5, -2.0, -0.25]}
PAIR: dict[str, Any] = {
    "chosen": CHOSEN,
    "rejected": {"pieces": [" b"], "policy": [-3.0], "reference": [-2.0]},
}


def said(**moved: Any) -> str:
    figure = PreferenceDesk()
    values = start_values(figure) | moved
    answer = desk(CALL, **figure.params(values))
    assert_fits(figure, answer, **moved)
    return " ".join(drawn(figure, answer, **moved).split())


def test_before_anything_moved_the_loss_is_ln_2() -> None:
    assert "Loss 0.6931, before anything moved 0.6931" in said()


def test_displacement_is_named_where_the_loss_fell_and_chosen_did_too() -> None:
    assert "likelihood displacement" in said(chosen=-5.0, rejected=-15.0)
    assert "displacement" not in said(chosen=5.0, rejected=-15.0)
    assert "displacement" not in said(chosen=-15.0, rejected=-5.0)


def test_what_the_gradient_does() -> None:
    assert "Hardly anything pulls" in said(chosen=20.0, rejected=-20.0, beta=1.0)
    assert "pulls the answers together" in said(chosen=20.0, rejected=-20.0, loss="ipo")


@pytest.mark.parametrize("width", [76, 138])
def test_a_pair_adds_up(width: int) -> None:
    content = pair_content(PAIR, 0.1, width)
    assert all(line.cell_length <= width for line in content.split("\n"))
    assert "\x1b" not in content.plain
    lines = [line.split() for line in content.plain.splitlines()]
    assert lines[0] == ["margin", "+1.250", "nats", "×", "beta", "0.1", "=", "+0.1250"]
    assert next(line[:4] for line in lines if line[:1] == ["sum"]) == ["sum", "-3.75", "-3.50", "+0.25"]
    assert any(line[-2:] == ["reward", "-0.1000"] for line in lines)
    assert any(line[:4] == ["return", "-1.50", "-1.00", "+0.50"] for line in lines)
