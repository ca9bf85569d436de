"""A part of a lesson page that asks an engine by itself: one request at a time, the newest wins."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import WorkType

from tutor.engine.client import Reply
from tutor.engine.protocol import Role
from tutor.errors import TutorError
from tutor.text import clean_text
from tutor.widgets.lesson.live import LiveGroup
from tutor.widgets.lesson.trace import Trace

Hear = Callable[[dict[str, Any], float, bool], Content]
"""Takes an answer, the seconds it took, and whether it is whole."""
PATIENCE = 0.1
"""Seconds without an answer before the part says what is under way: shorter waits need no words."""


class Session(Protocol):
    """The lesson's way to the engines."""

    def stream(self, role: Role, method: str, params: dict[str, Any]) -> AsyncGenerator[Reply, None]:
        """The parts of an answer, then the answer."""


class Asking(LiveGroup):
    """Holds the latest answer. A subclass yields a `.status` line and gives `answered`."""

    session: Session | None = None
    failed = False
    """Whether the latest request ended with an error."""

    def __init__(self, busy: str = "Computing …") -> None:
        super().__init__()
        self._busy = busy
        self._began = 0.0
        self._clock: Timer | None = None

    def status(self) -> Static:
        """The line for what is under way, and for errors."""
        return Static(classes="status", markup=False)

    def show(self, trace: Trace) -> None:
        """Most parts that ask by themselves do not depend on the lesson's prompt."""

    def ask(self, role: Role, method: str, params: dict[str, Any]) -> None:
        """Begin a request; one that is still open is cancelled, so that quick changes do not queue up."""
        # A function, not a coroutine: one that is cancelled before its turn is never made.
        work: WorkType[None] = partial(self.listen, role, method, params, self._hear)
        self.run_worker(work, group="ask", exclusive=True)

    def answered(self, answer: dict[str, Any], seconds: float, done: bool) -> None:
        """An answer has come, or (`done` false) as much of it as there is so far."""
        raise NotImplementedError

    def _hear(self, answer: dict[str, Any], seconds: float, done: bool) -> Content:
        self.answered(answer, seconds, done)
        return Content()

    async def listen(self, role: Role, method: str, params: dict[str, Any], hear: Hear) -> None:
        """Ask, hand what comes to `hear`, and say at the end what it returned last."""
        assert self.session is not None
        self._begin()
        self.failed = False
        says = Content()
        try:
            async with aclosing(self.session.stream(role, method, params)) as replies:
                async for reply in replies:
                    if self.leaving:
                        return
                    if not reply.data.get("cancelled"):
                        says = hear(reply.data, time.monotonic() - self._began, reply.done)
            self._say(says)
        except TutorError as error:
            self.failed = True
            self._say(Content.assemble((clean_text(error.what), "$problem"), f"\n{clean_text(error.todo)}"))
        finally:
            self._end()
            # Where the learner turned the page meanwhile, this part is gone.
            if self.is_attached:
                self.screen.refresh_bindings()

    def _begin(self) -> None:
        self._began = time.monotonic()
        if self._clock is None:
            self._clock = self.set_interval(PATIENCE, self._tick)

    def _end(self) -> None:
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _tick(self) -> None:
        waited = int(time.monotonic() - self._began)
        self._say(Content.styled(f"{self._busy} {waited} s" if waited else self._busy, "$operation"))

    def _say(self, text: Content) -> None:
        if self.leaving:
            return
        line = self.query_one(".status", Static)
        if line.content != text:
            line.update(text)
            line.display = bool(text.plain)
