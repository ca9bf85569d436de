"""Every written lesson names pictures and live values that exist, and its pages fit a small screen."""

from __future__ import annotations

import pytest

from tutor.course.lesson import LessonText, Prediction, Prose, WidgetBlock, load_lesson
from tutor.course.outline import load_outline
from tutor.widgets.lesson.live import NAMES, make
from tutor.widgets.lesson.trace import LIVE_VALUES

LESSONS = [load_lesson(topic.file) for topic in load_outline().topics() if topic.file is not None]
WORDS_A_PAGE = 150
"""More than that is not one idea."""

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])


@lessons
def test_pictures_exist_and_take_their_arguments(lesson: LessonText) -> None:
    for page in lesson.pages:
        for block in page.blocks:
            if isinstance(block, WidgetBlock):
                assert make(block.name, block.arguments), f"{lesson.file}:{block.line}"


@lessons
def test_predictions_ask_for_values_that_exist(lesson: LessonText) -> None:
    values = [block.value for page in lesson.pages for block in page.blocks if isinstance(block, Prediction)]
    assert set(values) <= set(LIVE_VALUES)


@lessons
def test_pages_are_short(lesson: LessonText) -> None:
    for page in lesson.pages:
        words = sum(len(block.text.split()) for block in page.blocks if isinstance(block, Prose))
        assert words <= WORDS_A_PAGE, f"{lesson.file}:{page.line}: {words} words"


def test_every_name_leads_to_a_picture() -> None:
    assert all(make(name, {}) for name in NAMES)
