"""Pictures of lesson 2.3.3, small and large, with what the real engine once answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tests.app.app_fakes import store_nano, wait_until
from tests.app.lesson_pages import drawn_page, services_of, settled
from tests.looks import sizes
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.screens import navigation
from tutor.widgets.lesson import asking
from tutor.widgets.lesson.figurebox import FigureBox

Compare = Callable[..., bool]

MASK, GRID = 1, 3
"""Pages with the microscope and with the grid."""


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


async def _train(pilot: Pilot[Any]) -> None:
    """Open the grid, have the adapters trained, and look at what came."""
    topic = load_outline().topic("2.3.3")
    assert topic is not None
    navigation.open_topic(pilot.app, topic, GRID)
    await wait_until(pilot, lambda: pilot.app.screen.query(FigureBox))
    box = pilot.app.screen.query(FigureBox).first()
    box.query_one(Button).press()
    await wait_until(pilot, lambda: box.query_one(".source", Static).content)
    box.query_one(".picture").scroll_visible(top=True, animate=False)
    await settled(pilot)


@sizes
def test_microscope(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(services_of("2.3.3")), terminal_size=size, run_before=drawn_page("2.3.3", MASK))


@sizes
def test_grid(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(services_of("2.3.3")), terminal_size=size, run_before=_train)


def test_grid_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    assert snap_compare(TutorApp(services_of("2.3.3")), terminal_size=(80, 24), run_before=_train)
