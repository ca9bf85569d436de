"""The chat's adapter strength, its memory line, and what the learner sees when an engine fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.app.app_fakes import MACHINE, RUN, FakeEngine, record_run, store_nano, wait_until
from tutor.app import TutorApp
from tutor.engine.client import Reply
from tutor.errors import TutorError
from tutor.screens.chat import ChatScreen
from tutor.screens.chat_store import all_conversations
from tutor.screens.chat_tokens import TokensScreen
from tutor.screens.navigation import open_chat
from tutor.services import Services
from tutor.text import human_bytes
from tutor.widgets.chatpane import ChatPane
from tutor.widgets.keybar import KeyBar
from tutor.widgets.stepper import Stepper
from tutor.widgets.titlebar import TitleBar

DIED = TutorError("The chat engine was killed by SIGKILL while it worked on the model nano.", "Take a smaller one.")


class TunedEngine(FakeEngine):
    """As if the base of the run were here."""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The recorded answer, with a base where it is a run that is loaded."""
        answer = await super().call(method, **params)
        return answer | {"base": "nano" if params["model"] == RUN else ""}


class FailingEngine(FakeEngine):
    """Fails as often as it is told to, then answers."""

    failures = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The recorded answer, if nothing is left to fail."""
        self._fail()
        return await super().call(method, **params)

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """Fails in the middle of the answer."""
        async for reply in super().stream(method, **params):
            yield reply
            self._fail()

    def _fail(self) -> None:
        if FailingEngine.failures:
            FailingEngine.failures -= 1
            raise DIED


class CancelledEngine(FakeEngine):
    """Was stopped before it began."""

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """Only the end."""
        yield Reply({"cancelled": True}, done=True)


def _services(engine: type[FakeEngine]) -> Services:
    return Services(make_engine=engine, now=lambda: 1_780_000_000.0, memory=lambda: MACHINE)


async def _open(pilot: Pilot[Any], left: str = "nano") -> ChatPane:
    open_chat(pilot.app, left)
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen) and pilot.app.screen.query("#left"))
    return pilot.app.screen.query_one("#left", ChatPane)


def _title(pane: ChatPane) -> str:
    return str(pane.query_one(".pane-title", Static).render())


async def test_the_strength_is_offered_for_a_tuned_model_and_goes_along(home: Path) -> None:
    record_run(home)
    services = _services(TunedEngine)
    app = TutorApp(services)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await _open(pilot, RUN)
        stepper = pane.query_one(Stepper)
        await wait_until(pilot, lambda: stepper.display)
        assert pane.strength is None
        for question, presses in (("a", 0), ("b", 2), ("c", 2)):
            stepper.focus()
            await pilot.press(*["left"] * presses)
            app.screen.query_one("#prompt").focus()
            await pilot.press(question, "enter")
            await wait_until(pilot, lambda: pane.question == question)  # noqa: B023 (it is awaited here)
        await wait_until(pilot, lambda: not app.screen.busy)  # type: ignore[attr-defined]
        engine = services.engine("chat", "left")
        assert isinstance(engine, TunedEngine)
        asked = [params for method, params in engine.asked if method == "chat"]
        assert [params.get("strength") for params in asked] == [None, 0.5, 0.0]
        assert "nano, no adapter" in _title(pane)
        stepper.set_value(2.0)
        await wait_until(pilot, lambda: "nano + 2 × adapter" in _title(pane))
        request = pane.request()
        assert request is not None
        assert request["strength"] == 0.0
    ((_, kept),) = all_conversations()
    assert [turn.get("strength") for turn in kept.turns["left"] if turn["role"] == "assistant"] == [None, 0.5, 0.0]


async def test_a_model_without_a_base_here_has_no_strength(home: Path) -> None:
    store_nano(home)
    app = TutorApp(_services(FakeEngine))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _open(pilot)
        await wait_until(pilot, lambda: "Q4_1" in _title(pane))
        assert not pane.query_one(Stepper).display
        assert pane.strength is None


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_the_memory_line_counts_weights_and_the_conversation(home: Path, width: int) -> None:
    store_nano(home)
    app = TutorApp(_services(FakeEngine))
    async with app.run_test(size=(width, 30)) as pilot:
        pane = await _open(pilot)
        await wait_until(pilot, lambda: dict(pane.memory.rows()))
        facts = FakeEngine("chat")._recorded["load"]
        each, context = facts["cache_bytes_per_token"], facts["context"]
        assert dict(pane.memory.rows()) == {"weights": facts["bytes"], "reserved": context * each}
        await pilot.press("x", "enter")
        await wait_until(pilot, lambda: pane.answer)
        rows = dict(pane.memory.rows())
        assert rows == {"weights": facts["bytes"], "cache": 111 * each, "reserved": (context - 111) * each}
        line = pane.memory.render().plain
        assert len(line) <= width - 4
        assert "98 MB weights  3 MB KV cache  269 MB measured  111/4,096 tokens" in line or width < 80
        assert (f"{human_bytes(MACHINE.size)} free" in line) == (width == 200)
        await pilot.press("ctrl+n")
        await wait_until(pilot, lambda: "cache" not in dict(pane.memory.rows()))


async def test_after_a_crash_enter_asks_again(home: Path) -> None:
    store_nano(home)
    app = TutorApp(_services(FailingEngine))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _open(pilot)
        await wait_until(pilot, lambda: "Q4_1" in _title(pane))
        FailingEngine.failures = 1
        await pilot.press("x", "enter")
        await wait_until(pilot, lambda: app.screen.query_one("#prompt", Input).value == "x")
        assert DIED.what in str(pane.query_one(".problem", Static).render())
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(pane.turns) == 2)


async def test_a_model_that_could_not_be_read_is_read_again(home: Path) -> None:
    store_nano(home)
    FailingEngine.failures = 1
    app = TutorApp(_services(FailingEngine))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _open(pilot)
        await wait_until(pilot, lambda: pane.query(".problem"))
        assert "not in memory" in _title(pane)
        await wait_until(pilot, lambda: "Again" in app.screen.query_one(KeyBar).render().plain)
        await pilot.press("ctrl+r")
        await wait_until(pilot, lambda: "Q4_1" in _title(pane))
        assert not pane.query(".problem")


async def test_probabilities_are_asked_again_after_a_crash(home: Path) -> None:
    store_nano(home)
    app = TutorApp(_services(FailingEngine))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _open(pilot)
        await wait_until(pilot, lambda: "Q4_1" in _title(pane))
        request = {"model": "nano", "messages": [], "max_tokens": 3}
        FailingEngine.failures = 1
        engine = FailingEngine("chat")
        engine._recorded["parts"] = [{"text": "a", "piece": "a", "p": 0.5, "top": [{"piece": "a", "p": 0.5}]}]
        app.push_screen(TokensScreen(engine, request, engine._recorded["done"]["text"]))
        await wait_until(pilot, lambda: isinstance(app.screen, TokensScreen) and app.screen.query("#alternatives"))
        await wait_until(pilot, lambda: "SIGKILL" in str(app.screen.query_one("#alternatives", Static).render()))
        await wait_until(pilot, lambda: "Try again" in app.screen.query_one(KeyBar).render().plain)
        await pilot.press("r")
        await wait_until(pilot, lambda: "72 tokens" in app.screen.query_one(TitleBar).render().plain)
        assert "Try again" not in app.screen.query_one(KeyBar).render().plain


async def test_a_question_that_was_stopped_in_the_queue_comes_back(home: Path) -> None:
    store_nano(home)
    app = TutorApp(_services(CancelledEngine))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _open(pilot)
        await pilot.press("x", "enter")
        await wait_until(pilot, lambda: app.screen.query_one("#prompt", Input).value == "x")
        assert pane.turns == []
        assert not pane.query(".question, .answer")


@pytest.mark.parametrize("no_colour", [False, True], ids=["colours", "no-colours"])
def test_picture(
    snap_compare: Callable[..., bool], home: Path, monkeypatch: pytest.MonkeyPatch, no_colour: bool
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    store_nano(home)
    record_run(home)

    async def before(pilot: Pilot[Any]) -> None:
        open_chat(pilot.app, "nano", RUN)
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen) and pilot.app.screen.query("#right"))
        pane = pilot.app.screen.query_one("#right", ChatPane)
        await wait_until(pilot, lambda: pane.query_one(Stepper).display and pane.memory.rows())
        pane.query_one(Stepper).set_value(1.5)
        await pilot.press("h", "i", "enter")
        await wait_until(pilot, lambda: pane.answer and not pilot.app.screen.busy)  # type: ignore[attr-defined]
        await pilot.pause(0.3)  # the Markdown's blocks are laid out by a timer of Textual's own
        pane.query_one(Stepper).focus()
        await pilot.pause()

    assert snap_compare(TutorApp(_services(TunedEngine)), terminal_size=(120, 30), run_before=before)
