"""The learner's file and record: kept, counted, and never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.course.exercise_toy import SOLUTION, START, make_toy
from tutor.course.exercises.desk import Desk, Record
from tutor.errors import TutorError, UsageError


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(make_toy(tmp_path / "lessons"), now=lambda: 1000.0)


def test_a_new_desk_is_empty(desk: Desk) -> None:
    assert desk.record() == Record()
    assert desk.record().state == "new"
    assert not desk.path.exists()


def test_starting_writes_the_skeleton_once(desk: Desk, home: Path) -> None:
    file = desk.start()
    assert file == home / "exercises" / "toy" / "work.py"
    assert file.read_text() == START
    file.write_text("mine")
    assert desk.start().read_text() == "mine"
    assert desk.record() == Record(started=1000.0)
    assert desk.record().state == "started"


def test_attempts_are_counted_and_passing_is_kept(desk: Desk) -> None:
    assert not desk.check().passed
    desk.work.write_text(SOLUTION)
    assert desk.check().passed
    assert desk.record() == Record(attempts=2, started=1000.0, passed=1000.0)
    desk.work.write_text(START)
    assert not desk.check().passed
    assert desk.record().state == "passed"


def test_every_attempt_brings_inputs_that_were_not_seen(desk: Desk) -> None:
    """What fits the numbers of the first attempt fails at the second."""
    desk.start().write_text("def double(number):\n    return {1: 2, 2: 4, 1000: 2000, 2000: 4000}[number]\n")
    assert desk.check().passed
    assert not desk.check().passed


def test_hints_open_one_at_a_time(desk: Desk) -> None:
    assert [desk.next_hint() for _ in range(4)] == [1, 2, 3, 3]
    assert desk.record().hints == 3


def test_the_solution_opens_after_passing(desk: Desk) -> None:
    desk.start()
    with pytest.raises(UsageError, match="opens when your code passes"):
        desk.solution()
    desk.work.write_text(SOLUTION)
    desk.check()
    assert desk.solution() == SOLUTION
    assert desk.record().gave_up is None


def test_giving_up_opens_the_solution_and_is_recorded(desk: Desk) -> None:
    assert desk.solution(give_up=True) == SOLUTION
    assert desk.record().gave_up == 1000.0
    assert desk.solution() == SOLUTION


def test_reset_keeps_what_was_written(desk: Desk) -> None:
    assert desk.reset() is None
    assert desk.reset() is None
    backups = []
    for text in ("first", "second"):
        desk.work.write_text(text)
        backups.append(desk.reset())
        assert desk.work.read_text() == START
    assert [backup and backup.read_text() for backup in backups] == ["first", "second"]


def test_two_sessions_lose_nothing(desk: Desk) -> None:
    desk.next_hint()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: desk.check(), range(8)))
    assert desk.record().attempts == 8


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"attempts": 1}'])
def test_a_damaged_record_is_an_error_with_a_way_out(damage: str, desk: Desk) -> None:
    desk.start()
    (desk.path / "record.json").write_text(damage)
    with pytest.raises(TutorError, match="Delete it"):
        desk.record()
