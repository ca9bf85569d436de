"""A lesson whose engine failed: a key asks again."""

from __future__ import annotations

from pathlib import Path

from tests.app.app_fakes import FakeEngine, fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.errors import TutorError
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.widgets.keybar import KeyBar

DIED = TutorError("The trace engine was killed by SIGKILL while it worked on the model nano.", "Take a smaller one.")


async def test_a_key_asks_again_after_a_crash(home: Path) -> None:
    store_nano(home)
    services = fake_services(DIED)
    app = TutorApp(services)
    topic = load_outline().topic("1.3.2")
    assert topic is not None
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.pause()
        navigation.open_topic(app, topic, 2)
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen) and app.screen._session)
        lesson = app.screen
        assert isinstance(lesson, LessonScreen)
        await wait_until(pilot, lambda: lesson.session.trace.error is DIED)
        await wait_until(pilot, lambda: "Ask again" in lesson.query_one(KeyBar).render().plain)
        engine = services.engine("trace")
        assert isinstance(engine, FakeEngine)
        engine.error = None
        await pilot.press("r")
        await wait_until(pilot, lambda: lesson.session.trace.distribution)
        assert lesson.session.trace.error is None
        await wait_until(pilot, lambda: "Ask again" not in lesson.query_one(KeyBar).render().plain)
