"""Under the verdict on a slogan stands every case that it was judged by."""

from __future__ import annotations

from tutor.widgets.lesson.questionbox import case_lines


def test_each_case_says_whether_it_holds() -> None:
    lines = case_lines(((True, "nano", "79.0 %"), (False, "medium", "85.7 %")))
    assert [line.plain for line in lines] == ["✓ nano    79.0 %", "✗ medium  85.7 %"]


def test_a_question_without_cases_has_no_lines() -> None:
    assert case_lines(()) == []
