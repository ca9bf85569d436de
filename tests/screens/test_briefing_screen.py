"""Briefings with pictures to move."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.course.blocks import Prose
from tutor.course.lesson import load_briefing, without_live_blocks
from tutor.runs.config import lab_names, load_lab
from tutor.screens.briefing import BriefingScreen
from tutor.screens.navigation import open_briefing
from tutor.widgets.lesson import asking
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.lesson.parts import part_of


@pytest.mark.parametrize("name", lab_names())
def test_every_briefing_has_parts_that_exist(name: str) -> None:
    file = load_lab(name).recipe.with_suffix(".md")
    blocks = load_briefing(file)
    for block in blocks:
        assert isinstance(block, Prose) or part_of(block)
    left = without_live_blocks(file.read_text())
    assert "```widget" not in left
    assert all(block.text.splitlines()[-1] in left for block in blocks if isinstance(block, Prose))


async def opened(pilot: Pilot[Any]) -> None:
    """The briefing on preferences, at its desk."""
    open_briefing(pilot.app, load_lab("lab-dpo-preference"))
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, BriefingScreen) and "0.6931" in _picture(pilot))
    pilot.app.screen.query_one(FigureBox).scroll_visible(animate=False, top=True)
    await pilot.pause()


@looks
@pytest.mark.usefixtures("home")
def test_picture(snap_compare: Callable[..., bool], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=opened)


@pytest.mark.usefixtures("home")
async def test_the_picture_is_told_in_steps() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("s")
        await wait_until(pilot, lambda: "reward +0.60" in _picture(pilot))
        await pilot.press("tab", "escape")
        assert isinstance(app.screen, BriefingScreen)
        await pilot.press("escape")
        await wait_until(pilot, lambda: not isinstance(app.screen, BriefingScreen))


def _picture(pilot: Pilot[Any]) -> str:
    return "".join(str(each.render()) for each in pilot.app.screen.query(".picture").results(Static))
