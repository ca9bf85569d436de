"""Mastery is what was answered right, of all that there is to answer."""

from __future__ import annotations

from tutor.course.progress.mastery import Mastery, mastery


def test_mastery_counts_the_checks_of_each_objective() -> None:
    checks = [("a", 1), ("b", 1), ("c", 2), ("d", None), ("e", 9)]
    latest = {"a": True, "b": False, "d": True, "gone": True}
    assert mastery(3, checks, latest) == (Mastery(1, 2), Mastery(0, 1), Mastery(0, 0))
    assert [one.share for one in mastery(3, checks, latest)] == [0.5, 0.0, None]
