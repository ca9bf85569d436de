"""The dates of reviews: what a learner may rely on whatever they answer, and the boxes one by one."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tutor.course.progress import Recorded
from tutor.course.progress.review import BOX_DAYS, DAY_S, Due, due, review_date

DAYS = st.floats(0, 60)
HISTORIES = st.lists(st.tuples(DAYS, st.booleans()), max_size=12).map(sorted)
"""Days and whether the answer was right, oldest first."""


def recorded(day: float, right: bool, check: str = "c", kind: str = "quiz") -> Recorded:
    return Recorded("1.1.1", check, kind, None, right, float(right), {}, made=day * DAY_S, uid=f"{check}-{day}")


def day_of(history: list[tuple[float, bool]]) -> float:
    """The day of the next review; infinite where there is none."""
    date = review_date([recorded(*answer) for answer in history])
    return math.inf if date is None else date / DAY_S


@given(HISTORIES, DAYS)
def test_nothing_is_due_before_its_time(history: list[tuple[float, bool]], today: float) -> None:
    found = due([recorded(*answer) for answer in history], today * DAY_S)
    assert bool(found) == (day_of(history) * DAY_S <= today * DAY_S)
    assert all(one.since <= today * DAY_S for one in found)


@given(HISTORIES, st.floats(0, 60))
def test_a_right_answer_never_brings_the_date_nearer(history: list[tuple[float, bool]], later: float) -> None:
    if history:
        day = history[-1][0] + later
        assert day_of([*history, (day, True)]) >= day_of(history)


@given(HISTORIES, st.floats(0, 60))
def test_a_wrong_answer_is_due_on_the_next_day(history: list[tuple[float, bool]], later: float) -> None:
    day = history[-1][0] + later if history else later
    assert math.isclose(day_of([*history, (day, False)]), day + 1, abs_tol=1e-9)


@given(HISTORIES, st.integers(1, 5))
def test_answering_right_again_before_it_is_due_changes_nothing(history: list[tuple[float, bool]], times: int) -> None:
    if history and history[-1][0] < day_of(history):
        again = [(history[-1][0], True)] * times
        assert day_of(history + again) == day_of(history)


@given(st.permutations([(0, "a", False), (1, "b", True), (2, "a", True), (30, "b", False), (31, "c", False)]))
def test_checks_do_not_mix_and_the_order_of_rows_does_not_matter(rows: list[tuple[int, str, bool]]) -> None:
    found = due([recorded(day, right, check) for day, check, right in rows], 40 * DAY_S)
    assert found == [
        Due("1.1.1", "a", 5 * DAY_S),
        Due("1.1.1", "b", 31 * DAY_S),
        Due("1.1.1", "c", 32 * DAY_S),
    ]


def test_the_boxes_one_by_one() -> None:
    history = [(0.0, False)]
    gaps = []
    while (day := day_of(history)) < math.inf:
        gaps.append(day - history[-1][0])
        history.append((day, True))
    assert gaps == list(BOX_DAYS) == [1, 3, 7, 21]
    assert day_of([*history, (100.0, True)]) == math.inf
    assert day_of([*history, (100.0, False)]) == 101


def test_right_at_the_first_try_is_asked_once_more() -> None:
    assert day_of([(0.0, True)]) == 21
    assert day_of([(0.0, True), (5.0, True)]) == 21
    assert day_of([(0.0, True), (22.0, True)]) == math.inf


def test_an_exercise_that_failed_is_not_reviewed() -> None:
    assert due([recorded(0, False, kind="exercise")], 50 * DAY_S) == []
    assert due([recorded(0, False, kind="predict")], 50 * DAY_S) != []
