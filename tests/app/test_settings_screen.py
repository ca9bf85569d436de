"""The settings screen: what it changes, and how each setting looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual._time import get_time
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, wait_until
from tutor import settings
from tutor.app import TutorApp
from tutor.screens.map import MapScreen
from tutor.screens.settings import SettingsScreen
from tutor.terminal.fit import Link
from tutor.themes import LIGHT

Compare = Callable[..., bool]


async def _open(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.press("comma")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))


async def test_arrows_change_settings_at_once_and_keep_them() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await _open(pilot)
        await pilot.press("right")
        await wait_until(pilot, lambda: app.theme == LIGHT.name)
        await pilot.press("down", "down", "l", "l", "j", "right")
        await wait_until(pilot, lambda: app.services.fit.ascii and app.services.fit.repaint == 1)
        assert settings.load() == (settings.Settings(theme="light", glyphs="ascii", repaint=1), [])
        await pilot.press("up", "h")
        await wait_until(pilot, lambda: not app.services.fit.ascii)
        await pilot.press("comma")
        await wait_until(pilot, lambda: isinstance(app.screen, MapScreen))


async def test_the_link_is_measured_when_asked_and_said() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await _open(pilot)
        app._meter._write = lambda _: app._meter.answered(get_time())
        await pilot.press("m")
        await wait_until(pilot, lambda: app.link)
        says = app.screen.query_one("#link", Static)
        await wait_until(pilot, lambda: "under 1 ms" in str(says.render()))


async def test_a_terminal_that_does_not_answer_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.terminal.link.PATIENCE_S", 0.01)
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await _open(pilot)
        await pilot.press("m")
        says = app.screen.query_one("#link", Static)
        await wait_until(pilot, lambda: "did not answer" in str(says.render()))
        assert app.link is None


SMALL, LARGE = (80, 24), (140, 45)
LOOKS: dict[str, tuple[tuple[int, int], dict[str, str]]] = {
    "dark": (SMALL, {}),
    "dark-large": (LARGE, {}),
    "dark-contrast": (SMALL, {"theme": "dark-contrast"}),
    "light-contrast": (SMALL, {"theme": "light-contrast"}),
    "no-colours": (SMALL, {"colours": "none"}),
    "no-colours-large": (LARGE, {"colours": "none"}),
    "ascii": (SMALL, {"glyphs": "ascii", "colours": "16"}),
}


@pytest.mark.parametrize("look", LOOKS)
def test_settings_look(snap_compare: Compare, look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    size, words = LOOKS[look]
    for name, word in words.items():
        settings.save(name, word)
    app = TutorApp(fake_services())
    app.link = Link(0.038, 1_200_000)
    assert snap_compare(app, terminal_size=size, run_before=_open)
