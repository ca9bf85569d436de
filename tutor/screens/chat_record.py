"""The conversation on the screen as it is kept: one file from its first answer on, and on demand as Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from tutor.screens import chat_store, chat_texts
from tutor.screens.chat_store import Conversation
from tutor.widgets.chatpane import ChatPane


class ChatRecord:
    """Knows the file of the conversation that goes on."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Args: now: the clock, Unix time."""
        self._now = now
        self._created = ""
        self._path: Path | None = None

    def begin(self) -> None:
        """What is said from here on is kept in a file of its own."""
        self._created, self._path = "", None

    def go_on(self, path: Path, conversation: Conversation) -> None:
        """What is said from here on is kept where `conversation` is."""
        self._created, self._path = conversation.created, path

    async def save(self, panes: Iterable[ChatPane], system: str) -> None:
        """Write it down.

        Raises:
            TutorError: the disk does not take it.
        """
        await asyncio.to_thread(chat_store.save, self._conversation(panes, system), self._file())

    async def export(self, panes: Iterable[ChatPane], system: str) -> Path:
        """Write it as Markdown beside its file; returns where.

        Raises:
            TutorError: the disk does not take it.
        """
        return await asyncio.to_thread(chat_texts.export, self._conversation(panes, system), self._file())

    def _conversation(self, panes: Iterable[ChatPane], system: str) -> Conversation:
        self._created = self._created or chat_store.timestamp(self._now())
        speaking = [pane for pane in panes if pane.model]
        return Conversation(
            self._created,
            system,
            {str(pane.id): pane.model for pane in speaking},
            {str(pane.id): list(pane.turns) for pane in speaking if pane.turns},
        )

    def _file(self) -> Path:
        if self._path is None:
            self._path = chat_store.new_path(self._now())
        return self._path
