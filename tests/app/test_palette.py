"""The command palette: everything that the keys of the screen behind it do."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from tests.app.app_fakes import fake_services, record_run, store_nano, wait_until
from tests.app.ways import WAYS
from tutor.app import TutorApp
from tutor.screens import navigation
from tutor.screens.chat import ChatScreen
from tutor.screens.help import HelpScreen
from tutor.screens.palette import actions, commands
from tutor.widgets.keybar import KeyBar


@pytest.mark.parametrize("screen", WAYS)
async def test_every_key_of_a_screen_is_in_the_palette(home: Path, screen: str) -> None:
    record_run(home)
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(250, 30)) as pilot:
        await pilot.pause()
        before = app.screen
        WAYS[screen](app)
        await wait_until(pilot, lambda: app.screen.query(KeyBar) and (screen == "map" or app.screen is not before))
        await wait_until(pilot, lambda: "Commands" in app.screen.query_one(KeyBar).render().plain)
        titles = [command.title for command in commands(app, app.screen)]
        assert len(set(titles)) == len(titles)
        offered = [
            tooltip or binding.description
            for _, binding, enabled, tooltip in app.screen.active_bindings.values()
            if binding.show and enabled and binding.description and binding.action != "app.quit"
        ]
        assert offered
        assert set(offered) - {"Commands"} <= set(titles)
        assert "Quit" in titles
        assert not [title for title in titles if "sibling" in title or "Delete all" in title]
        missing = [key for key in app.screen.query_one(KeyBar)._drawn if key not in app.screen.active_bindings]
        assert not missing


async def test_an_action_runs_on_the_screen_behind(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(100, 30)) as pilot:
        navigation.open_chat(app, "nano")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.query(KeyBar))
        assert not [command for command in actions(app, app.screen) if "last answer" in command.title]
        await pilot.press("ctrl+p")
        await wait_until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"system mess")
        await wait_until(pilot, lambda: app.screen.query("CommandList > *") or app.screen.query_one("CommandList"))
        await wait_until(pilot, lambda: app.screen.query_one("CommandList").option_count)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_until(
            pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.query_one("#system").has_focus
        )
        await pilot.press("escape", "f1")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))
