"""Focus: seen wherever it is, and never held fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from tests.app.app_fakes import fake_services, record_run, store_nano, wait_until
from tests.app.ways import WAYS
from tutor.app import TutorApp
from tutor.widgets.keybar import KeyBar


def _picture(app: TutorApp, widget: Widget) -> list[str]:
    """What is drawn where `widget` is: characters and styles."""
    strips = app.screen._compositor.render_strips()
    region = widget.region.intersection(app.screen.region)
    return [str(strips[y].crop(region.x, region.right)) for y in range(region.y, region.bottom)]


async def _open(pilot: Pilot[Any], screen: str) -> None:
    app = pilot.app
    await pilot.pause()
    before = app.screen
    WAYS[screen](app)
    await wait_until(pilot, lambda: app.screen.query(KeyBar) and (screen == "map" or app.screen is not before))
    await wait_until(pilot, lambda: "Commands" in app.screen.query_one(KeyBar).render().plain)
    await pilot.pause()


@pytest.mark.parametrize(("screen", "no_colour"), [*((screen, False) for screen in WAYS), ("chat", True)])
async def test_focus_is_visible_and_goes_round(
    home: Path, monkeypatch: pytest.MonkeyPatch, screen: str, no_colour: bool
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    record_run(home)
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot, screen)
        chain = list(app.screen.focus_chain)
        assert chain
        seen = []
        for _ in chain:
            focused = app.focused
            assert focused is not None
            seen.append(focused)
            assert focused.region.overlaps(app.screen.region), f"{focused} is out of sight"
            with_focus = _picture(app, focused)
            app.screen.set_focus(None)
            await pilot.pause()
            assert _picture(app, focused) != with_focus, f"{focused} looks the same without focus"
            app.screen.set_focus(focused)
            await pilot.pause()
            app.screen.focus_next()
            await pilot.pause()
        assert set(seen) == set(chain)
        assert app.focused is seen[0]
