"""The way to a page of a lesson for its picture: opened, answered, drawn, and standing still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, wait_until
from tests.lesson_checks import lesson
from tutor.course.blocks import Prediction
from tutor.course.outline import load_outline
from tutor.course.progress import Attempt
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.services import Services
from tutor.widgets.lesson.figurebox import FigureBox

Before = Callable[[Pilot[Any]], Any]


def services_of(topic: str) -> Services:
    """Those of a learner who has committed to every prediction of a topic, so that nothing is covered."""
    services = fake_services()
    services.progress.start(topic)
    for check in lesson(topic).checks():
        if isinstance(check, Prediction):
            services.progress.record(Attempt(topic, check.id, "predict", None, True, 1.0, {}))
    return services


def drawn_page(topic_id: str, page: int) -> Before:
    """Open a page, wait until its first picture is drawn, and scroll to it."""

    async def before(pilot: Pilot[Any]) -> None:
        topic = load_outline().topic(topic_id)
        assert topic is not None
        navigation.open_topic(pilot.app, topic, page)
        await wait_until(pilot, lambda: pilot.app.screen.query(FigureBox))
        box = pilot.app.screen.query(FigureBox).first()
        await wait_until(pilot, lambda: box.query_one(".source", Static).content)
        if box.figure.USES_PROMPT:
            await wait_until(pilot, lambda: cast("LessonScreen", pilot.app.screen).session.trace.distribution)
        box.scroll_visible(top=True, animate=False)
        await settled(pilot)

    return before


async def settled(pilot: Pilot[Any]) -> None:
    """A scrollbar that appears makes the pictures narrower, which draws them anew."""
    drawn = ""
    while drawn != (drawn := pilot.app.export_screenshot()):
        await pilot.pause()
