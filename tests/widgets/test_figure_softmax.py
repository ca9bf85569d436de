"""The softmax desk and the chart of √d say what the engine found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk import softmax
from tutor.engine.protocol import Call, Message
from tutor.widgets.bars import signed_bar
from tutor.widgets.figures.softmax_desk import SHIFTS, TARGETS, TEMPERATURES, SoftmaxDesk
from tutor.widgets.figures.why_sqrt_d import WhySqrtD

CALL = Call(lambda _part: None, lambda: False)


def answer_to(**values: Any) -> dict[str, Any]:
    """The engine's answer with these controls."""
    figure = SoftmaxDesk()
    return softmax.desk(CALL, **figure.params(start_values(figure) | values))


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("shift", SHIFTS)
def test_it_fits(temperature: float, shift: float) -> None:
    for safe in ("on", "off"):
        for target in TARGETS[:2]:
            values = {"temperature": temperature, "shift": shift, "safe": safe, "target": target}
            assert_fits(SoftmaxDesk(), answer_to(**values), **values)


def test_it_says_what_overflowed_and_what_is_reached() -> None:
    text = drawn(SoftmaxDesk(), answer_to(shift=1000.0, safe="off"), safe="off")
    assert text.count("inf ") >= 5
    assert text.count("nan") >= 5
    assert "e^z is too large for a float32." in text
    assert "entropy 1.099 nats of at most 1.609" in drawn(SoftmaxDesk(), answer_to())
    values: dict[str, Any] = dict(zip(("mat", "sofa", "roof", "moon", "seven"), (3.5, 0.0, 0.0, 0.0, 0.0), strict=True))
    assert "The target is reached." in drawn(SoftmaxDesk(), answer_to(target="one winner", **values), **values)
    missed = drawn(SoftmaxDesk(), answer_to(target="all even"))
    assert "the farthest share is 41.2 points off" in missed
    assert missed.count("┃") == 5


def test_a_lesson_chooses_the_controls() -> None:
    names = [control.name for control in SoftmaxDesk(["shift"]).controls()]
    assert names == ["mat", "sofa", "roof", "moon", "seven", "shift"]
    assert SoftmaxDesk(["shift"]).params(start_values(SoftmaxDesk(["shift"]))) == {
        "logits": [2.0, 1.0, 0.0, -0.5, -1.0],
        "shift": 0.0,
    }


def test_a_signed_bar_grows_from_the_middle() -> None:
    assert signed_bar(6, 6, 11) == ("     ", "█████ ")
    assert signed_bar(-3, 6, 11) == ("  ▐██", "      ")
    assert signed_bar(0, 6, 11) == ("     ", "      ")
    assert signed_bar(-99, 6, 11)[0] == "█████"


def test_the_chart_grows_and_says_its_ends() -> None:
    parts: list[Message] = []
    answer = softmax.why_scale(Call(lambda part: parts.append({**part, "rows": list(part["rows"])}), lambda: False))
    for part in (parts[0], parts[3], answer):
        assert_fits(WhySqrtD(), part)
    row = answer["rows"][-1]
    assert f"  512  22.63{row['spread']:>15.2f}" in drawn(WhySqrtD(), answer)
