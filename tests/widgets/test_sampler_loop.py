"""The controls of sampler and loop: what they send out, and that they show what is set."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message

from tests.app.app_fakes import RECORDED
from tutor.widgets.lesson.live import DrawWanted, RestartWanted, SettingsChanged
from tutor.widgets.lesson.loop import MORE, Loop
from tutor.widgets.lesson.sampler import Sampler
from tutor.widgets.lesson.trace import Settings, Trace
from tutor.widgets.stepper import Stepper


def _trace(**changes: Any) -> Trace:
    recorded = json.loads((RECORDED / "trace.json").read_text())
    about, report, found = recorded["load"], recorded["trace"], recorded["distribution"]
    return replace(Trace("The capital of France is", about=about, report=report, distribution=found), **changes)


class Page(App[None]):
    """One part of a page, and the messages that it sent."""

    def __init__(self, part: Sampler | Loop) -> None:
        super().__init__()
        self.part = part
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        """The part alone."""
        yield self.part

    def on_settings_changed(self, event: SettingsChanged) -> None:
        """Noted."""
        self.heard.append(event)

    def on_draw_wanted(self, event: DrawWanted) -> None:
        """Noted."""
        self.heard.append(event)

    def on_restart_wanted(self, event: RestartWanted) -> None:
        """Noted."""
        self.heard.append(event)

    def settings(self) -> list[Settings]:
        """The settings that were wanted, in order."""
        return [event.settings for event in self.heard if isinstance(event, SettingsChanged)]


async def test_each_control_of_the_sampler_changes_one_setting() -> None:
    app = Page(Sampler())
    async with app.run_test() as pilot:
        app.part.show(_trace(settings=Settings(seed=3)))
        app.query_one("#penalty", Stepper).focus()
        await pilot.press("right")
        app.query_one("#temperature", Stepper).focus()
        await pilot.press("left")
    assert app.settings() == [Settings(penalty=1.05, seed=3), Settings(temperature=0.9, penalty=1.05, seed=3)]


async def test_what_the_penalty_lowered_is_named() -> None:
    distribution = _trace().distribution
    seen = [candidate | {"seen": candidate["piece"] == " the"} for candidate in distribution["candidates"]]
    app = Page(Sampler(count=5))
    async with app.run_test() as pilot:
        app.part.show(_trace(distribution=distribution | {"candidates": seen}, settings=Settings(penalty=1.2)))
        await pilot.pause()
        assert "in the text already ·the" in str(app.query_one(".bars").render())
        assert app.query_one("#penalty", Stepper).value == 1.2


async def test_another_seed_takes_away_what_was_drawn() -> None:
    app = Page(Loop())
    async with app.run_test() as pilot:
        app.part.show(_trace())
        app.query_one("#seed", Stepper).focus()
        await pilot.press("right")
        assert app.settings() == [Settings(seed=1)]
        assert not any(isinstance(event, RestartWanted) for event in app.heard)
        app.part.show(_trace(drawn=[{"id": 1, "piece": " Paris", "p": 0.77}], settings=Settings(seed=1)))
        await pilot.press("right")
        assert app.settings()[-1] == Settings(seed=2)
        assert isinstance(app.heard[-1], RestartWanted)


async def test_one_token_or_several() -> None:
    app = Page(Loop())
    async with app.run_test() as pilot:
        app.part.show(_trace())
        for button in ("#draw", "#more", "#restart"):
            await pilot.click(button)
    assert [event.count for event in app.heard if isinstance(event, DrawWanted)] == [1, MORE]
    assert isinstance(app.heard[-1], RestartWanted)
