"""A lesson's conversation with the engines: one trace that is kept up to date, and whatever a figure asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from tutor.engine.client import Reply
from tutor.engine.protocol import Role
from tutor.errors import TutorError
from tutor.screens.model_import import import_if_missing
from tutor.services import Asks
from tutor.widgets.lesson.trace import Settings, Trace

START = "The capital of France is"


class LessonSession:
    """Holds the trace that a lesson's pictures show. `run` and `draw` must not overlap; `adjust` and `stream` may."""

    def __init__(self, engine: Callable[[Role], Asks], model: str, changed: Callable[[], None]) -> None:
        """Args: changed: called after every change of `trace`."""
        self.model = model
        self.trace = Trace(prompt=START)
        self._engine_of = engine
        self._changed = changed
        self._importing = asyncio.Lock()

    @property
    def _engine(self) -> Asks:
        return self._engine_of("trace")

    async def stream(self, role: Role, method: str, params: dict[str, Any]) -> AsyncGenerator[Reply, None]:
        """The parts of the answer to a figure's request, then the answer; `trace` is asked about the lesson's model.

        Raises:
            TutorError: what the engine said, or that its process died.
        """
        if role == "trace":
            await self._import()
            params = params | {"model": self.model}
        async with aclosing(self._engine_of(role).stream(method, **params)) as replies:
            async for reply in replies:
                yield reply

    def use(self, model: str) -> None:
        """Answer with another model from now on."""
        self.model = model
        self.trace = Trace(prompt=self.trace.prompt, settings=self.trace.settings)

    async def run(self, prompt: str) -> None:
        """Load the model if need be, and trace `prompt` from its beginning."""
        trace = self.trace
        trace.prompt, trace.drawn = prompt, []
        with self._work():
            if not trace.about:
                await self._import()
                self._say(f"Reading the model {self.model} into memory; that takes some seconds …")
                trace.about = await self._engine.call("load", model=self.model)
            self._say("Sending the prompt through the model …")
            trace.report = await self._engine.call("trace", model=self.model, prompt=prompt, raw=True)
            await self._distribute()

    async def adjust(self, settings: Settings) -> None:
        """Draw with other settings from now on; the model need not run again for that."""
        self.trace.settings = settings
        if self.trace.report:
            with self._work():
                await self._distribute()

    async def draw(self, count: int = 1) -> None:
        """Draw tokens, append each, and trace the longer text."""
        for _ in range(count):
            if self.trace.report:
                await self._draw()

    async def _draw(self) -> None:
        trace = self.trace
        with self._work():
            self._say("Drawing a token …")
            # Seed and number of the step decide: beginning again with the same settings draws the same text.
            settings, step = trace.settings, len(trace.drawn)
            token = await self._engine.call("sample", **settings.params(), seed=settings.seed, step=step)
            trace.report = await self._engine.call("append", token=token["id"])
            trace.drawn = [*trace.drawn, token]
            await self._distribute()

    async def _import(self) -> None:
        async with self._importing, aclosing(import_if_missing(self.model)) as lines:
            async for line in lines:
                self._say(line)

    async def _distribute(self) -> None:
        self.trace.distribution = await self._engine.call("distribution", **self.trace.settings.params())

    def _say(self, text: str) -> None:
        self.trace.waiting = text
        self._changed()

    @contextmanager
    def _work(self) -> Iterator[None]:
        """An error of the engine becomes part of the trace, for the pictures to show."""
        trace = self.trace
        trace.error = None
        try:
            yield
        except TutorError as error:
            trace.error = error
            trace.report, trace.distribution = {}, {}
        trace.waiting = ""
        self._changed()
