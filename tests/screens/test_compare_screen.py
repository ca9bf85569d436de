"""Runs side by side on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tests.runs.test_compare import BASE, a_run, keep
from tutor.app import TutorApp
from tutor.runs import store
from tutor.runs.store import RunDir
from tutor.screens.compare import CompareScreen
from tutor.screens.navigation import open_run
from tutor.screens.run import RunScreen

LOSSES = [3.0, 2.4, 2.0, 1.7, 1.5, 1.4]


@pytest.fixture
def three(home: Path) -> list[RunDir]:
    """Runs of which the first two left the losses of the same examples."""
    runs = [
        a_run(f"x-2026080{day}-120000-{name}", {"r": 4 * day}, [loss * by for loss in LOSSES], [3.0, 2.0 * by])
        for day, name, by in ((1, "aaaa", 1.0), (2, "bbbb", 0.8), (3, "cccc", 1.1))
    ]
    keep(runs[0], BASE)
    keep(runs[1], [loss - 0.3 for loss in BASE])
    return runs


async def opened(pilot: Pilot[Any]) -> None:
    """The first run, with a second chosen beside it."""
    app = pilot.app
    open_run(app, store.find("x-20260801"))
    await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
    await pilot.press("w")
    await wait_until(pilot, lambda: isinstance(app.screen, CompareScreen))
    await pilot.press("down", "enter")
    await wait_until(pilot, lambda: "B x bbbb" in _shown(app))


@looks
@pytest.mark.usefixtures("three")
def test_picture(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=opened)


@pytest.mark.usefixtures("three")
async def test_views_say_how_the_chosen_runs_differ() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("v")
        await wait_until(pilot, lambda: "options that differ" in _shown(app))
        assert ["r", "4", "8"] in [line.split() for line in _shown(app).splitlines()]
        await pilot.press("v")
        await wait_until(pilot, lambda: "-0.300 [-0.300, -0.300]  n=12  lower" in _shown(app))
        assert "loss fell" in _shown(app)
        await pilot.press("enter")
        await wait_until(pilot, lambda: "Choose another run" in _shown(app))


def _shown(app: Any) -> str:
    return str(app.screen.query_one("#view").render())
