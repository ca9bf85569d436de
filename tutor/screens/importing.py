"""Importing a model inside the app: `tutor import NAME` in a process of its own, its progress on the screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tutor.childprocess import quiet_environment
from tutor.text import clean_text

LINES = 6
"""How many of the last lines are shown."""


class ImportScreen(ModalScreen[bool]):
    """Dismissed with True once the model is in the store. Escape ends the process; nothing half-written stays."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._model = name
        self._process: asyncio.subprocess.Process | None = None
        self._said: list[str] = []

    def compose(self) -> ComposeResult:
        """What is going on, and the last lines of the import."""
        with Vertical(id="import") as panel:
            panel.border_title = f"Importing {self._model}"
            panel.border_subtitle = "Esc cancels"
            yield Static(
                "The model is put into the store once; for the embedded one that takes half a minute and no network.",
                markup=False,
            )
            yield Static(id="import-lines", markup=False)

    def on_mount(self) -> None:
        """Begin at once."""
        self._import()

    @work(exclusive=True, group="import")
    async def _import(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tutor", "import", self._model,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=quiet_environment(),
            start_new_session=True,
        )  # fmt: skip
        try:
            assert self._process.stdout is not None
            async for line in self._process.stdout:
                self._show(clean_text(line.decode(errors="replace")).strip())
            if await self._process.wait() == 0:
                self.dismiss(True)
            else:
                self.query_one("#import").border_subtitle = "It failed; Esc closes"
        finally:
            self._kill()

    def _show(self, line: str) -> None:
        if line:
            self._said = [*self._said, line][-LINES:]
            self.query_one("#import-lines", Static).update(Content("\n" + "\n".join(self._said)))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def action_cancel(self) -> None:
        """End the import, or close what is left of it."""
        self._kill()
        self.dismiss(False)
