"""Pictures of what belongs to the chat screen: its system message, its earlier conversations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.app.app_fakes import TokenEngine, fake_services, store_nano, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.screens import navigation
from tutor.screens.chat import ChatScreen
from tutor.screens.chat_picker import ConversationPicker
from tutor.screens.chat_store import Conversation, chats_dir, save
from tutor.screens.chat_tokens import TokensScreen
from tutor.services import Services
from tutor.themes import LIGHT
from tutor.widgets.chatpane import ChatPane

Compare = Callable[..., bool]


async def _answered(pilot: Pilot[Any]) -> None:
    """A chat with one answer."""
    navigation.open_chat(pilot.app, "nano")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen))
    await pilot.press(*"add?", "enter")
    screen = pilot.app.screen
    assert isinstance(screen, ChatScreen)
    await wait_until(pilot, lambda: screen.query_one(ChatPane).answer and not screen.busy)
    await pilot.pause(0.3)  # the Markdown's blocks are laid out by a timer of Textual's own


@looks
def test_system_message(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)

    async def before(pilot: Pilot[Any]) -> None:
        await _answered(pilot)
        await pilot.press("ctrl+s", *"Answer in rhyme.")

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


async def _tokens(pilot: Pilot[Any]) -> None:
    await _answered(pilot)
    await pilot.press("ctrl+g")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, TokensScreen))
    await wait_until(pilot, lambda: pilot.app.screen.title_bar._note == "72 tokens")  # type: ignore[attr-defined]
    await pilot.press("down", "right", "right")
    await pilot.pause()


@looks
def test_tokens(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(Services(make_engine=TokenEngine)), terminal_size=size, run_before=_tokens)


def test_tokens_in_light(snap_compare: Compare, home: Path) -> None:
    store_nano(home)

    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = LIGHT.name
        await _tokens(pilot)

    assert snap_compare(TutorApp(Services(make_engine=TokenEngine)), terminal_size=(80, 24), run_before=before)


@looks
def test_conversations(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)
    asked = ["How do I list hidden files?", "What does " + "a very long option " * 8 + "do?", "Why?"]
    for number, question in enumerate(asked):
        turns = [{"role": "user", "content": question}, {"role": "assistant", "content": "Like this."}]
        kept = Conversation(f"2026-08-0{number + 1}T12:00:00+0000", "", {"left": "nano"}, {"left": turns})
        save(kept, chats_dir() / f"2026080{number + 1}-120000-abcd.jsonl")

    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_chat(pilot.app, "nano")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ChatScreen))
        await pilot.press("f2")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ConversationPicker))
        await pilot.press(*"what", "backspace", "backspace")
        await pilot.pause()

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)
