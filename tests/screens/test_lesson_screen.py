"""A lesson with the keyboard: pictures, predictions, questions, and what is remembered of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.app.app_fakes import FakeEngine, fake_services, wait_until
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.course.progress import Attempt
from tutor.engine.client import Reply
from tutor.screens import navigation
from tutor.screens.exercise import ExerciseScreen
from tutor.screens.lesson import LessonScreen
from tutor.screens.map import MapScreen
from tutor.services import Services
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.lesson.prediction import PredictionBox
from tutor.widgets.lesson.promptbox import PromptBox
from tutor.widgets.lesson.questionbox import QuestionBox

TOPIC = "9.9.9"


async def opened(app: TutorApp, pilot: Pilot[Any], page: int | None = None) -> LessonScreen:
    await pilot.pause()
    topic = load_outline().topic(TOPIC)
    assert topic is not None
    navigation.open_topic(app, topic, page)
    await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen) and app.screen.query("#page Markdown"))
    assert isinstance(app.screen, LessonScreen)
    return app.screen


def text(box: Any, part: str) -> str:
    return str(box.query_one(part, Static).render())


def attempts(services: Services) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for attempt in services.progress.attempts(TOPIC):
        found.setdefault(attempt.check, []).append(attempt.right)
    return found


async def predict(pilot: Pilot[Any], screen: LessonScreen, guess: str) -> None:
    screen.query_one(PredictionBox).query_one(Input).focus()
    await pilot.press(*guess, "enter")
    await wait_until(pilot, lambda: "It is" in text(screen.query_one(PredictionBox), ".answer"))


async def test_a_picture_stays_covered_until_the_learner_commits(kit: Path) -> None:
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        assert not screen.query(FigureBox)
        assert len(screen.query(".covered")) == 1
        await predict(pilot, screen, "3")
        await wait_until(pilot, lambda: screen.query(FigureBox))
        assert not screen.query(".covered")
        assert attempts(services) == {"start-loss": [False]}
        (attempt,) = services.progress.attempts(TOPIC)
        assert (attempt.kind, attempt.objective) == ("predict", 1)
        assert 0 < attempt.score < 1


async def test_controls_steps_and_place_are_remembered(kit: Path) -> None:
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await predict(pilot, screen, "1.1")
        await wait_until(pilot, lambda: screen.query(FigureBox))
        box = screen.query_one(FigureBox)
        await wait_until(pilot, lambda: "rate" in text(box, ".picture"))
        assert "1/2" in text(box, ".told")
        await pilot.press("escape", "s")
        assert "2/2" in text(box, ".told")
        assert box.values["step"] == 1
        box.query_one("#step").focus()
        await pilot.press("right", "l", "left", "right")
        assert box.values["step"] == 3
        await pilot.press("escape", "escape")
        screen = await opened(app, pilot)
        assert screen.query_one(FigureBox).values["step"] == 3
        assert "2/2" in text(screen.query_one(FigureBox), ".told")


async def test_a_slider_that_is_dragged_asks_for_its_last_place_only_once_it_rests(kit: Path) -> None:
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await predict(pilot, screen, "1.1")
        await wait_until(pilot, lambda: screen.query(FigureBox))
        box = screen.query_one(FigureBox)
        await wait_until(pilot, lambda: "rate" in text(box, ".picture"))
        asked = services.engine("desk").asked  # type: ignore[attr-defined]
        before = len(asked)
        box.query_one("#step").focus()
        await pilot.press(*["right"] * 5)
        assert len(asked) == before, "moving through what is computed asks nothing"


async def test_wrong_answers_are_asked_anew_and_right_ones_pass_the_topic(kit: Path) -> None:
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await opened(app, pilot)
        await predict(pilot, screen, "9")
        await pilot.press("escape", "n")
        await wait_until(pilot, lambda: len(screen.query("QuestionBox OptionList").filter("*")) == 5)
        boxes = list(screen.query(QuestionBox))
        await wait_until(pilot, lambda: all(box._question is not None for box in boxes))
        first = boxes[0]
        assert first._question is not None
        wrong = next(place for place in range(3) if place not in first._question.right)
        await choose(pilot, first, [wrong])
        assert "Not yet" in text(first, ".answer")
        await wait_until(pilot, lambda: first._question is not None)
        for box in boxes:
            await answer_rightly(pilot, box)
            assert "Right" in text(box, ".answer"), text(box, ".question")
        assert attempts(services)["largest"] == [False, True]
        assert services.progress.states()[TOPIC] == "started"
        await pilot.press("escape", "n")
        await wait_until(pilot, lambda: services.progress.states()[TOPIC] == "passed")


async def choose(pilot: Pilot[Any], box: QuestionBox, places: list[int]) -> None:
    menu = box.query_one(OptionList)
    menu.focus()
    for place in places:
        menu.highlighted = place
        await pilot.press("enter")
    await pilot.pause()


async def answer_rightly(pilot: Pilot[Any], box: QuestionBox) -> None:
    question = box._question
    assert question is not None
    check = len(question.options)
    if question.kind == "match":
        presses = [place for place, partner in enumerate(question.right) for _ in range(partner)]
    else:
        presses = list(question.right)
    await choose(pilot, box, presses if question.kind == "single" else [*presses, check])


async def test_the_door_leads_to_the_exercise(kit: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, 2)
        # The kit's course has no exercises of its own, so this one is not to be found: a sentence says so.
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
        assert not isinstance(app.screen, ExerciseScreen)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 50)])
async def test_every_page_bears_every_size(kit: Path, size: tuple[int, int]) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=size) as pilot:
        for page in range(3):
            screen = await opened(app, pilot, page)
            await pilot.press("tab", "tab")
            if screen.focused is not screen.query_one("#page"):
                await pilot.press("escape")
            assert screen.focused is screen.query_one("#page")
            await pilot.press("escape")
            assert not screen.is_current


async def test_a_trace_may_come_while_parts_are_put_on_the_page(kit: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        mounting = screen.query_one("#pictures").mount(PromptBox())
        screen._show_trace()
        await mounting
        assert screen.query_one(PromptBox).is_mounted


@pytest.mark.parametrize("by", ["tab", "s"])
async def test_the_picture_comes_into_view_when_its_controls_do(kit: Path, by: str) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await predict(pilot, screen, "1.1")
        await wait_until(
            pilot, lambda: screen.query(FigureBox) and "rate" in text(screen.query_one(FigureBox), ".picture")
        )
        box, page = screen.query_one(FigureBox), screen.query_one("#page")
        await pilot.press("escape", "home")
        await wait_until(pilot, lambda: page.scroll_offset.y == 0)
        await pilot.press(*(["tab", "tab"] if by == "tab" else ["s"]))
        await wait_until(pilot, lambda: box.region.y == page.region.y)


class Slow(FakeEngine):
    """Never answers a figure."""

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """Nothing, until the one who asked has lost interest."""
        self.asked.append((method, params))
        await asyncio.Event().wait()
        yield Reply({})


async def test_a_page_may_be_left_while_its_picture_is_computed(kit: Path) -> None:
    services = Services(make_engine=Slow)
    services.progress.record(Attempt(TOPIC, "start-loss", "predict", 1, True, 1.0, {}))
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await wait_until(pilot, lambda: services.engine("desk").asked)  # type: ignore[attr-defined]
        await pilot.press("n")
        await wait_until(pilot, lambda: screen.query(QuestionBox))
        assert app.screen is screen


async def test_an_answer_that_comes_while_the_lesson_is_left_harms_nobody(kit: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        screen = await opened(app, pilot)
        await app.pop_screen()
        screen.session._say("Drawing a token …")
        assert not screen.is_attached


async def test_an_answer_that_comes_while_a_part_is_taken_off_the_page_is_dropped(kit: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot, 0)
        await predict(pilot, screen, "3")
        await wait_until(pilot, lambda: screen.query(FigureBox))
        box = screen.query(FigureBox).first()
        await wait_until(pilot, lambda: box._answer)
        removing = screen.query_one("#pictures").remove_children()
        await box.query("*").remove()  # its own parts go first
        await box.listen(*box.figure.ASK, box.figure.params(box.values), box._hear)
        screen._show_trace()
        await removing


@pytest.mark.parametrize("pauses", range(4))
async def test_a_lesson_can_be_left_while_it_opens(kit: Path, pauses: int) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        topic = load_outline().topic(TOPIC)
        assert topic is not None
        navigation.open_topic(app, topic, 1)
        for _ in range(pauses):
            await asyncio.sleep(0)
        await app.pop_screen()
        await pilot.pause()
        assert isinstance(app.screen, MapScreen)
