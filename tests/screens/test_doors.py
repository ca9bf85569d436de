"""Rows of a picture that lead to the topics behind them."""

from __future__ import annotations

from pathlib import Path

from tests.app.app_fakes import fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.widgets.lesson.doorlist import DoorList


async def test_enter_on_a_row_opens_its_topic_and_esc_comes_back(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        topic = load_outline().topic("2.2.4")
        assert topic is not None
        navigation.open_topic(app, topic, 0)
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen) and app.screen.query(DoorList))
        screen = app.screen
        doors = screen.query_one(DoorList)
        await wait_until(pilot, lambda: doors.display and doors.option_count)
        assert not [box for box in screen.query(DoorList) if box.display and not box.option_count]
        doors.focus()
        await pilot.press("down", "down", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen) and app.screen is not screen)
        other = app.screen
        assert isinstance(other, LessonScreen)
        assert other._lesson.id == "1.3.2"
        await wait_until(pilot, lambda: other.query("#page Markdown"))
        await pilot.press("escape", "escape")
        await wait_until(pilot, lambda: app.screen is screen)
        place = services.progress.place()
        assert place is not None
        assert (place.topic, place.page) == ("2.2.4", 0)
