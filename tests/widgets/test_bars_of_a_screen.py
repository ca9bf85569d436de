"""The lines at the top and at the bottom: what is under way, and the keys that there is room for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.app.app_fakes import fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.screens.chat import ChatScreen
from tutor.screens.navigation import open_chat
from tutor.widgets.keybar import KeyBar
from tutor.widgets.titlebar import TitleBar


async def test_what_is_under_way_says_since_when_and_moves_once_a_second(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        bar = app.screen.query_one(TitleBar)
        bar.note("1/13")
        bar.under_way("reading nano")
        timer = bar._timer
        assert timer is not None
        assert timer._interval == 1
        assert bar.render().plain.endswith("reading nano …  1/13")
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 7.9)
        assert bar.render().plain.endswith("reading nano, 7 s  1/13")
        bar.under_way("reading nano")
        assert "7 s" in bar.render().plain
        bar.go("A place with a long name", "and another one", "and a third")
        assert "7 s" not in bar.render().plain
        assert bar.render().plain.endswith("1/13")
        bar.under_way("")
        assert bar._timer is None


@pytest.mark.parametrize("width", [40, 80, 160])
async def test_leaving_help_and_commands_are_always_on_the_bar(home: Path, width: int) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(width, 24)) as pilot:
        open_chat(app, "nano")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.query(KeyBar))
        bar = app.screen.query_one(KeyBar)
        await wait_until(pilot, lambda: "Commands" in bar.render().plain)
        shown = bar.render().plain
        assert len(shown) <= width
        assert all(word in shown for word in ("Stop/back", "Help", "Commands"))
        assert ("Model" in shown) == (width >= 60)
        assert ("Chats" in shown) == (width >= 100)
        assert len(bar._drawn) == len(bar._ends)
        await pilot.click(bar, offset=(bar._ends[bar._drawn.index("f1")] - 2, 0))
        await wait_until(pilot, lambda: not isinstance(app.screen, ChatScreen))
