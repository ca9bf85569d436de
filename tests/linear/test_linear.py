"""The course in lines: the same lessons, pictures and checks, recorded in the same place."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.app_fakes import FakeEngine, fake_services, store_nano
from tutor import paths
from tutor.course.blocks import WidgetBlock
from tutor.course.lesson import LessonText, load_lesson
from tutor.course.questions import Question
from tutor.errors import TutorError
from tutor.linear.checks import read_answer
from tutor.linear.figures import value_of
from tutor.linear.lesson import LinearLesson
from tutor.linear.speech import Left, Speech
from tutor.services import Services
from tutor.widgets.figures.base import Number, Pick

KIT = Path(__file__).parents[1] / "screens" / "kit" / "9.9-kit" / "9.9.9-everything.md"


def take(services: Services, *lines: str, lesson: LessonText | None = None) -> str:
    """What is said while `lines` are typed."""
    target = io.StringIO()
    speech = Speech(io.StringIO("".join(line + "\n" for line in lines)), target)
    with asyncio.Runner() as runner:
        try:
            LinearLesson(lesson or load_lesson(KIT), services, speech, runner).run()
        except Left:
            target.write("LEFT")
    return target.getvalue()


def test_a_picture_is_read_out_changed_and_told_in_steps(home: Path) -> None:
    said = take(fake_services(), "1.5", "set step 3", "s", "s", "set stop 1", "q")
    assert "Predict: How large is the loss at w = -2.0?" in said
    assert "You said 1.5." in said
    assert "Step 1 of 2: Three balls lie at one place." in said
    assert "Step 2 of 2: One step against the gradient." in said
    assert "Everything is told." in said
    assert "This picture has no 'stop'. Did you mean 'step'?" in said
    assert "\x1b" not in said


def test_every_kind_of_check_is_asked_judged_and_kept(home: Path) -> None:
    services = fake_services()
    lines = ["2.1", ""]
    said = take(services, *lines, "1", "2", "3", "q", "q")
    assert "Quiz: Which rate is the largest?" in said
    tried = [attempt.right for attempt in services.progress.attempts("9.9.9") if attempt.check == "largest"]
    assert tried
    assert ("Right. It is 0.9." in said) == (True in tried)


def test_the_end_of_the_input_leaves(home: Path) -> None:
    assert take(fake_services(), "1").endswith("LEFT")


def test_answers_are_read_as_numbers_or_letters() -> None:
    single = Question("single", "?", ("a", "b"), (1,), "")
    assert read_answer(single, ["2"]) == [1]
    assert read_answer(single, ["2", "1"]) is None
    assert read_answer(single, ["3"]) is None
    order = Question("order", "?", ("a", "b"), (1, 0), "")
    assert read_answer(order, ["2", "1"]) == [1, 0]
    assert read_answer(order, ["2"]) is None
    match = Question("match", "?", ("a", "b"), (1, 0), "", ("x", "y"))
    assert read_answer(match, ["b", "A"]) == [1, 0]
    assert read_answer(match, ["b"]) is None
    assert read_answer(Question("multiple", "?", ("a", "b"), (0,), ""), ["1", "1"]) is None


def test_values_are_the_nearest_that_is_offered() -> None:
    assert value_of(Number("n", "n", (0, 1, 2), 0), "1.4") == 1
    assert value_of(Pick("p", "p", ("on", "off"), "on"), "off") == "off"
    with pytest.raises(TutorError, match="not a number"):
        value_of(Number("n", "n", (0, 1), 0), "x")
    with pytest.raises(TutorError, match="cannot be"):
        value_of(Pick("p", "p", ("on", "off"), "on"), "of")


def test_the_sampler_is_set_in_lines_and_its_cells_are_explained(home: Path) -> None:
    store_nano(home)
    lesson = load_lesson(paths.lessons_dir() / "1.3-transformer" / "1.3.2-six-step-pipeline.md")
    pages = tuple(
        replace(page, blocks=tuple(block for block in page.blocks if isinstance(block, WidgetBlock)))
        for page in lesson.pages
        if page.title in ("Step 2: embed", "Step 5: sample")
    )
    services = fake_services()
    lines = ["cell 1 1", "", "set temperature 0.52", "set top_k many", "q"]
    said = take(services, *lines, lesson=replace(lesson, pages=pages))
    assert "0, +0: embedding of" in said
    assert "temperature = 0.5 " in said
    assert "'many' is not a number. top_k goes from 0 to 100." in said
    engine = services.engine("trace")
    assert isinstance(engine, FakeEngine)
    assert engine.asked[-1] == ("distribution", {"temperature": 0.5, "top_k": 0, "top_p": 1.0, "penalty": 1.0})
