"""Pictures of the progress screen, of the tour, and of the map as a new learner sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.app_fakes import fake_services, record_run, wait_until
from tests.looks import looks
from tests.toy_course import half_way
from tutor.app import TutorApp
from tutor.screens import navigation
from tutor.screens.progress import ProgressScreen
from tutor.screens.tour import STEPS, TourScreen
from tutor.themes import LIGHT
from tutor.widgets.coursetree import CourseTree

pytestmark = pytest.mark.usefixtures("toy_course")

Compare = Callable[..., bool]


async def _map(pilot: Pilot[Any]) -> None:
    await wait_until(pilot, lambda: pilot.app.screen.query(CourseTree))
    await wait_until(pilot, lambda: pilot.app.screen.query_one(CourseTree).states.exercises)


async def _progress(pilot: Pilot[Any]) -> None:
    await _map(pilot)
    navigation.open_progress(pilot.app)
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ProgressScreen) and pilot.app.screen.record)


@looks
def test_progress(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    half_way()
    record_run(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_progress)


def test_progress_before_anything_was_done(snap_compare: Compare) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=(80, 24), run_before=_progress)


@looks
def test_map_of_a_new_learner(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_map)


def _tour(step: int) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await _map(pilot)
        await pilot.press("t")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, TourScreen))
        await pilot.press(*["enter"] * step)

    return before


@looks
@pytest.mark.parametrize("step", [0, 4])
def test_tour(snap_compare: Compare, size: tuple[int, int], step: int) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_tour(step))


def test_the_longest_step_of_the_tour_in_light(snap_compare: Compare) -> None:
    longest = max(range(len(STEPS)), key=lambda number: len(STEPS[number].says))

    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = LIGHT.name
        await _tour(longest)(pilot)

    assert snap_compare(TutorApp(fake_services()), terminal_size=(80, 24), run_before=before)
