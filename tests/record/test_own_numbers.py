"""The learner's board: what was recorded, nothing else; and the picture of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.app_fakes import record_run
from tests.toy_course import half_way
from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.protocol import Call
from tutor.record.lessons import own_numbers
from tutor.record.lessons.own_numbers import board
from tutor.widgets.figures.base import View
from tutor.widgets.figures.own_board import SIDES, OwnBoard

CALL = Call(lambda _part: None, lambda: False)

pytestmark = pytest.mark.usefixtures("toy_course")


def test_an_empty_home_has_an_empty_board() -> None:
    answer = board(CALL)
    assert answer["empty"] and not answer["best"] and not answer["again"]
    assert "Nothing is recorded yet" in drawn(OwnBoard(), answer)
    assert_fits(OwnBoard(), answer)


def test_the_board_counts_what_was_recorded(home: Path) -> None:
    half_way()
    record_run(home)
    answer = board(CALL)
    assert not answer["empty"]
    assert [(one["first"], one["later"], one["never"]) for one in answer["modules"]] == [(1, 1, 1), (0, 0, 0)]
    assert [one["near"] for one in answer["modules"]] == [75.0, None]
    assert [(one["topic"], one["near"]) for one in answer["best"] + answer["worst"]] == [("1.1.1", 75.0)]
    lab = next(one for one in answer["labs"] if one["run"])
    assert ["heldout loss", "1.83 nats/token"] in lab["results"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("37.8839590443686", "37.88"), ("33.0", "33"), ("921600", "921,600"), ("gates", "gates"), ("inf", "inf")],
)
def test_numbers_are_shown_as_people_write_them(text: str, shown: str) -> None:
    assert own_numbers._plain(text) == shown


def test_every_side_fits_and_says_what_there_is(home: Path) -> None:
    half_way()
    record_run(home)
    answer = board(CALL)
    for side in SIDES:
        assert_fits(OwnBoard(), answer, side=side)
    assert "1.83 nats/token" in drawn(OwnBoard(), answer, side="labs")
    assert "no run of it passed" in drawn(OwnBoard(), answer, side="labs")
    assert ("near enough" if answer["best"] else "farthest") in drawn(OwnBoard(), answer, side="guesses")


def test_what_is_not_right_yet_is_a_door() -> None:
    half_way()
    answer = board(CALL)
    doors = OwnBoard().doors(answer, {"side": "course"}, View(76))
    assert [door.topic for door in doors] == [one["topic"] for one in answer["again"]] == ["1.1.2"]
    assert not OwnBoard().doors(answer, {"side": "labs"}, View(76))
