"""The chat: stopping, errors, and two models with the same question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from textual.widgets import Input

from tests.app.app_fakes import FakeEngine, fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.engine.client import Reply
from tutor.errors import TutorError
from tutor.screens.chat import ChatScreen
from tutor.screens.navigation import open_chat
from tutor.services import Services
from tutor.widgets.chatpane import ChatPane


class EndlessEngine(FakeEngine):
    """Talks until it is stopped."""

    async def stream(self, method: str, **params: Any) -> AsyncIterator[Reply]:
        """Pieces without end; after `cancel` the last word."""
        self.asked.append((method, params))
        while not self.cancelled:
            yield Reply({"text": "word "})
            await asyncio.sleep(0.01)
        yield Reply(self._recorded["done"] | {"cancelled": True}, done=True)


async def test_escape_stops_an_answer_and_keeps_it(home: Path) -> None:
    store_nano(home)
    app = TutorApp(Services(make_engine=EndlessEngine))
    async with app.run_test() as pilot:
        open_chat(app, "nano")
        await pilot.pause(0.1)
        await pilot.press("x", "enter")
        pane = app.screen.query_one("#left", ChatPane)
        await wait_until(pilot, lambda: pane.query("Markdown > *"))
        await pilot.press("escape")
        await wait_until(pilot, lambda: pane.turns[-1]["role"] == "assistant")
        assert pane.turns[-1]["content"].startswith("word word")
        assert isinstance(app.screen, ChatScreen)
        await pilot.press("escape")
        assert not isinstance(app.screen, ChatScreen)


async def test_both_models_get_the_same_question_and_seed(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test() as pilot:
        open_chat(app, "nano", "nano")
        await pilot.pause(0.1)
        await pilot.press("x", "enter")
        await wait_until(pilot, lambda: len(app.screen.query_one("#right", ChatPane).turns) == 2)
        asked = []
        for side in ("left", "right"):
            engine = services.engine("chat", side)
            assert isinstance(engine, FakeEngine)
            asked.append([params for method, params in engine.asked if method == "chat"])
    (left,), (right,) = asked
    assert left["seed"] == right["seed"]
    assert left["messages"][0] == right["messages"][0] == {"role": "user", "content": "x"}


async def test_a_failed_question_comes_back_into_the_field(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services(TutorError("It died.", "Ask again.")))
    async with app.run_test() as pilot:
        open_chat(app, "nano")
        await pilot.pause(0.1)
        await pilot.press("x", "enter")
        await wait_until(pilot, lambda: app.screen.query_one(Input).value == "x")
        assert app.screen.query_one("#left", ChatPane).turns == []
