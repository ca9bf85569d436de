"""Two pictures next to each other."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.beside import beside


def test_the_right_one_begins_after_the_widest_line() -> None:
    both = beside(Content("ab\n世界x\n\nc"), Content("1\n2"), gap=2)
    assert both.plain == "ab     1\n世界x  2\n       \nc      "


def test_the_shorter_one_may_be_the_left_one() -> None:
    assert beside(Content("a"), Content("1\n\n3"), gap=1).plain == "a 1\n  \n  3"
