"""The chat: stopping, errors, and two models with the same question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.app.app_fakes import FakeEngine, TokenEngine, fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.engine.client import Reply
from tutor.errors import TutorError
from tutor.screens.chat import ChatScreen
from tutor.screens.chat_picker import ConversationPicker
from tutor.screens.chat_store import all_conversations
from tutor.screens.chat_tokens import TokensScreen
from tutor.screens.navigation import open_chat
from tutor.services import Services
from tutor.widgets.chatpane import ChatPane
from tutor.widgets.keybar import KeyBar
from tutor.widgets.stepper import Stepper


class EndlessEngine(FakeEngine):
    """Talks until it is stopped."""

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
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
        await wait_until(pilot, lambda: app.screen.query_one("#prompt", Input).value == "x")
        assert app.screen.query_one("#left", ChatPane).turns == []


async def _one_exchange(pilot: Pilot[None], question: str) -> ChatPane:
    """Open the chat, ask, and wait for the recorded answer."""
    open_chat(pilot.app, "nano")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen))
    await pilot.press(*question, "enter")
    pane = pilot.app.screen.query_one("#left", ChatPane)
    await _idle(pilot, pane)
    return pane


async def _idle(pilot: Pilot[None], pane: ChatPane) -> None:
    screen = pilot.app.screen
    assert isinstance(screen, ChatScreen)
    await wait_until(pilot, lambda: pane.answer and not screen.busy)


def _shows_system(app: TutorApp) -> bool:
    return bool(app.screen.query_one("#head").display)


def _asked(services: Services) -> list[dict[str, Any]]:
    engine = services.engine("chat", "left")
    assert isinstance(engine, FakeEngine)
    return [params for method, params in engine.asked if method == "chat"]


async def test_the_system_message_that_is_shown_is_the_one_that_is_sent(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await _one_exchange(pilot, "x")
        assert not _shows_system(app)
        await pilot.press("ctrl+s", *"rhyme", "enter")
        assert _shows_system(app)
        await pilot.press("y", "enter")
        await wait_until(pilot, lambda: len(_asked(services)) == 2)
        await pilot.press("ctrl+s", "ctrl+u", "escape")
        assert not _shows_system(app)
        assert isinstance(app.screen, ChatScreen)
        assert [params["system"] for params in _asked(services)] == ["", "rhyme"]
        assert [message["role"] for message in _asked(services)[1]["messages"]] == ["user", "assistant", "user"]


async def test_asking_again_replaces_the_answer_and_takes_the_next_seed(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _one_exchange(pilot, "x")
        app.screen.query_one("#temperature", Stepper).set_value(0.8)
        await pilot.press("ctrl+r")
        await wait_until(pilot, lambda: len(_asked(services)) == 2)
        await _idle(pilot, pane)
        assert len(pane.turns) == 2
        assert len(pane.query(".question")) == 1
        first, second = _asked(services)
    assert first["messages"] == second["messages"]
    assert (first["seed"], second["seed"]) == (0, 1)


async def test_asking_again_at_temperature_0_says_what_to_expect_only_where_it_is_true(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _one_exchange(pilot, "x")
        app.screen.query_one("#system", Input).value = "In rhyme."
        await pilot.press("ctrl+r")
        await wait_until(pilot, lambda: len(_asked(services)) == 2)
        await _idle(pilot, pane)
        assert not app._notifications
        await pilot.press("ctrl+r")
        await wait_until(pilot, lambda: app._notifications)


async def test_an_edited_question_takes_the_place_of_the_last_one(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _one_exchange(pilot, "one")
        await pilot.press(*"two", "enter")
        await wait_until(pilot, lambda: len(pane.turns) == 4)
        await _idle(pilot, pane)
        await pilot.press("up", "escape")
        assert app.screen.query_one("#prompt", Input).value == ""
        await pilot.press("up", "s", "enter")
        await wait_until(pilot, lambda: len(_asked(services)) == 3)
        await _idle(pilot, pane)
        assert [turn["content"] for turn in pane.turns if turn["role"] == "user"] == ["one", "twos"]
        assert len(pane.query(".question")) == len(pane.query(".answer")) == 2


async def test_a_new_conversation_ends_the_answer_of_the_old_one(home: Path) -> None:
    store_nano(home)
    app = TutorApp(Services(make_engine=EndlessEngine))
    async with app.run_test() as pilot:
        open_chat(app, "nano")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("x", "enter")
        pane = app.screen.query_one("#left", ChatPane)
        await wait_until(pilot, lambda: pane.query("Markdown > *"))
        await pilot.press("ctrl+n")
        await pilot.pause(0.1)
        assert pane.turns == []
        assert not pane.query(".question, .answer")


async def test_keys_are_offered_only_when_they_do_something(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(160, 24)) as pilot:
        open_chat(app, "nano")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert not {"Again", "Tokens", "Copy"} & _keys(app)
        await pilot.press("x", "enter")
        await _idle(pilot, app.screen.query_one("#left", ChatPane))
        assert {"Again", "Tokens", "Copy", "System", "Help"} <= _keys(app)


def _keys(app: TutorApp) -> set[str]:
    return set(app.screen.query_one(KeyBar).render().plain.split())


async def test_answer_and_code_are_copied_without_escape_sequences(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _one_exchange(pilot, "x")
        await pilot.press("f4")
        assert app.clipboard == "def add_two_numbers(num1, num2):\n    return num1 + num2\n"
        pane.turns[-1]["content"] += "\x1b]52;c;AAAA\x07end"
        await pilot.press("ctrl+y")
        assert app.clipboard.startswith("```python\n")
        assert app.clipboard.endswith("operands.end")


async def test_the_export_is_markdown_with_the_settings(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _one_exchange(pilot, "add?")
        await pilot.press("f3")
        await wait_until(pilot, lambda: list((home / "chats").glob("*.md")))
    (exported,) = (home / "chats").glob("*.md")
    text = exported.read_text()
    assert text.startswith("# add?\n")
    assert "\n## nano\n\n> add?\n\n```python\ndef add_two_numbers" in text
    assert text.endswith("*temperature 0, top p 1, top k 0, seed 0*\n")


async def test_a_conversation_is_kept_and_goes_on_later(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _one_exchange(pilot, "first")
        await pilot.press("ctrl+n", *"second", "enter")
        await _idle(pilot, app.screen.query_one("#left", ChatPane))
    assert len(list((home / "chats").glob("*.jsonl"))) == 2

    services = fake_services()
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        open_chat(app, "nano")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await pilot.press("f2")
        await wait_until(pilot, lambda: isinstance(app.screen, ConversationPicker))
        assert app.screen.query_one(OptionList).option_count == 2
        await pilot.press(*"first")
        await wait_until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        pane = app.screen.query_one("#left", ChatPane)
        await wait_until(pilot, lambda: len(pane.query(".answer")) == 1)
        await pilot.press("z", "enter")
        await wait_until(pilot, lambda: len(pane.turns) == 4)
        await _idle(pilot, pane)
        (asked,) = _asked(services)
        assert [message["content"][:5] for message in asked["messages"]] == ["first", "```py", "z"]
        assert all(set(message) == {"role", "content"} for message in asked["messages"])
    lengths = {conversation.title: len(conversation.turns["left"]) for _, conversation in all_conversations()}
    assert lengths == {"first": 4, "second": 2}


async def test_probabilities_are_of_the_same_answer_and_no_longer(home: Path) -> None:
    store_nano(home)
    services = Services(make_engine=TokenEngine)
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _one_exchange(pilot, "x")
        app.screen.query_one("#temperature", Stepper).set_value(2.0)
        app.screen.query_one("#system", Input).value = "changed since"
        assert pane.request() == {**_asked(services)[0], "max_tokens": 72}
        await pilot.press("ctrl+g")
        await wait_until(pilot, lambda: len(_asked(services)) == 2)
        assert isinstance(app.screen, TokensScreen)
        assert _asked(services)[1] == {**_asked(services)[0], "max_tokens": 72, "probs": 8}
