"""Pictures of lesson 1.1, small and large, with what the real engine once answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, store_nano, wait_until
from tests.looks import sizes
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.course.progress import Attempt
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.services import Services
from tutor.widgets.lesson import asking
from tutor.widgets.lesson.figurebox import FigureBox

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Any]

PREDICTED = {"1.1.1": ("largest-here", "bytes-a-parameter", "factors"), "1.1.2": ("lanes", "flops-of-scores")}
"""Predictions that pictures wait for."""


def _services() -> Services:
    """Those of a learner who has committed to every prediction."""
    services = fake_services()
    for topic, checks in PREDICTED.items():
        services.progress.start(topic)
        for check in checks:
            services.progress.record(Attempt(topic, check, "predict", None, True, 1.0, {}))
    return services


def _page(topic_id: str, page: int) -> Before:
    """Open a page, wait until its picture is drawn, and scroll to it."""

    async def before(pilot: Pilot[Any]) -> None:
        topic = load_outline().topic(topic_id)
        assert topic is not None
        navigation.open_topic(pilot.app, topic, page)
        await wait_until(pilot, lambda: pilot.app.screen.query(FigureBox))
        screen = cast("LessonScreen", pilot.app.screen)
        box = screen.query_one(FigureBox)
        await wait_until(pilot, lambda: box.query_one(".source", Static).content)
        await wait_until(pilot, lambda: screen.session.trace.distribution)
        box.scroll_visible(top=True, animate=False)
        await _settled(pilot)

    return before


async def _settled(pilot: Pilot[Any]) -> None:
    """A scrollbar that appears makes the pictures narrower, which draws them anew."""
    drawn = ""
    while drawn != (drawn := pilot.app.export_screenshot()):
        await pilot.pause()


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


@sizes
@pytest.mark.parametrize(("topic", "page"), [("1.1.1", 0), ("1.1.1", 4), ("1.1.1", 7), ("1.1.2", 3), ("1.1.2", 5)])
def test_page(snap_compare: Compare, home: Path, size: tuple[int, int], topic: str, page: int) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(_services()), terminal_size=size, run_before=_page(topic, page))


def test_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    assert snap_compare(TutorApp(_services()), terminal_size=(80, 24), run_before=_page("1.1.1", 0))
