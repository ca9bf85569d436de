"""How far away the terminal is: it is asked where its cursor is, and the answer is timed.

Every terminal answers `CSI 6 n` (DSR, ECMA-48) in the order in which it has read what came before, so a question behind
some thousand bytes of nothing tells how fast they travelled. Textual's parser knows the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual._time import get_time

from tutor.terminal.fit import Link

QUESTION = "\x1b[6n"
NOTHING = "\x1b[m"
"""Chooses the colours that are chosen anyway at the end of an update."""
PINGS = 3
"""How often each question is asked; the quickest answer is the one that this machine delayed least."""
LOAD = 3_000
"""Bytes sent at once to see how fast they travel."""
PATIENCE_S = 2.0
LONG_S = 0.2
"""What is no fault of this machine."""
TOO_FAST = 20e6
"""Bytes a second from which on the clock tells nothing."""


class LinkMeter:
    """Measures once at a time."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """Args: write: sends text to the terminal."""
        self._write = write
        self._waiting: asyncio.Future[float] | None = None

    async def measure(self) -> Link | None:
        """The link; None when the terminal did not answer within two seconds."""
        try:
            near = min([await self._ask("") for _ in range(PINGS)])
        except TimeoutError:
            return None
        speed = LOAD / max(await self._loaded() - near, LOAD / TOO_FAST)
        return Link(near, speed if speed < TOO_FAST else None)

    async def _loaded(self) -> float:
        """The quickest answer to a question behind a load; where that takes long, one is enough."""
        best = PATIENCE_S
        for _ in range(PINGS):
            try:
                best = min(best, await self._ask(NOTHING * (LOAD // len(NOTHING))))
            except TimeoutError:
                break
            if best > LONG_S:
                break
        return best

    def answered(self, at: float) -> None:
        """The terminal has said where its cursor is; `at` is when that came in, by Textual's clock."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(at)

    async def _ask(self, before: str) -> float:
        """Seconds until the answer to a question that follows `before`."""
        self._waiting = asyncio.get_running_loop().create_future()
        began = get_time()
        self._write(before + QUESTION)
        return await asyncio.wait_for(self._waiting, PATIENCE_S) - began
