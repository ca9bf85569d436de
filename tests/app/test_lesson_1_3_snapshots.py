"""Pictures of lesson 1.3, small and large, with what the real engine once answered."""

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
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.widgets.lesson import asking
from tutor.widgets.lesson.figurebox import FigureBox

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Any]


def _page(topic_id: str, page: int, *, picture: str = FigureBox.__name__) -> Before:
    """Open a page and wait until its pictures are drawn; on small screens they are scrolled to."""

    async def before(pilot: Pilot[Any]) -> None:
        topic = load_outline().topic(topic_id)
        assert topic is not None
        navigation.open_topic(pilot.app, topic, page)
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, LessonScreen) and pilot.app.screen.query(picture))
        screen = cast("LessonScreen", pilot.app.screen)
        await wait_until(pilot, lambda: all(box.query_one(".source", Static).content for box in screen.query(picture)))
        await wait_until(pilot, lambda: screen.session.trace.distribution)
        screen.query_one("#pictures").children[0].scroll_visible(top=True, animate=False)
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
@pytest.mark.parametrize(
    ("topic", "page"),
    [("1.3.1", 1), ("1.3.1", 3), ("1.3.1", 8), ("1.3.2", 9), ("1.3.2", 11), ("1.3.3", 3), ("1.3.3", 10)],
)
def test_page(snap_compare: Compare, home: Path, size: tuple[int, int], topic: str, page: int) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_page(topic, page))


def test_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=(80, 24), run_before=_page("1.3.1", 3))
