"""Pictures of lesson 2.1, small and large, with what the real engine once answered."""

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
from tutor.services import Services
from tutor.themes import LIGHT
from tutor.widgets.lesson import asking
from tutor.widgets.lesson.cellgrid import CellMatrix
from tutor.widgets.lesson.figurebox import FigureBox

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Any]

LONG = "The cat sat on the mat because it was tired, and the dog, which had been asleep in the sun, ran after it."
MAP = 5
"""The page of 2.1.3 with the map of a real head."""


def _services(prompt: str = "") -> Services:
    """Those of a learner who has typed `prompt`."""
    services = fake_services()
    if prompt:
        services.progress.start("2.1.3")
        services.progress.keep_inputs("2.1.3", 0, {"prompt": prompt})
    return services


def _page(topic_id: str, page: int, *keys: str, walk: bool = False, light: bool = False) -> Before:
    """Open a page, wait until its picture is drawn, press keys on the page or (`walk`) in the matrix."""

    async def before(pilot: Pilot[Any]) -> None:
        topic = load_outline().topic(topic_id)
        assert topic is not None
        if light:
            pilot.app.theme = LIGHT.name
        navigation.open_topic(pilot.app, topic, page)
        await wait_until(pilot, lambda: pilot.app.screen.query(FigureBox))
        screen = cast("LessonScreen", pilot.app.screen)
        box = screen.query_one(FigureBox)
        await wait_until(pilot, lambda: box.query_one(".source", Static).content)
        await wait_until(pilot, lambda: screen.session.trace.distribution or topic_id == "2.1.1")
        if walk:
            box.query_one(CellMatrix).focus()
        await pilot.press(*keys)
        if not walk:
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
@pytest.mark.parametrize(("topic", "page", "keys"), [("2.1.1", 1, "sss"), ("2.1.2", 3, "")])
def test_page(snap_compare: Compare, home: Path, size: tuple[int, int], topic: str, page: int, keys: str) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(_services()), terminal_size=size, run_before=_page(topic, page, *keys))


def test_matrices(snap_compare: Compare, home: Path) -> None:
    store_nano(home)
    before = _page("2.1.3", 0, "s", "s", "s", "down", "right", walk=True)
    assert snap_compare(TutorApp(_services()), terminal_size=(80, 24), run_before=before)


def test_map_of_a_short_prompt(snap_compare: Compare, home: Path) -> None:
    store_nano(home)
    before = _page("2.1.3", MAP, "up", walk=True)
    assert snap_compare(TutorApp(_services()), terminal_size=(80, 24), run_before=before)


@sizes
def test_map(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)
    before = _page("2.1.3", MAP, "up", walk=True)
    assert snap_compare(TutorApp(_services(LONG)), terminal_size=size, run_before=before)


def test_map_in_light(snap_compare: Compare, home: Path) -> None:
    store_nano(home)
    before = _page("2.1.3", MAP, "up", walk=True, light=True)
    assert snap_compare(TutorApp(_services(LONG)), terminal_size=(80, 24), run_before=before)


def test_map_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    before = _page("2.1.3", MAP, "up", walk=True)
    assert snap_compare(TutorApp(_services(LONG)), terminal_size=(80, 24), run_before=before)
