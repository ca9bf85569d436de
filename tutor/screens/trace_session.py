"""A lesson's conversation with the engine: it keeps one trace up to date and says when it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager

from tutor.errors import TutorError
from tutor.screens.model_import import import_if_missing
from tutor.services import Asks
from tutor.widgets.lesson.trace import Settings, Trace

START = "The capital of France is"


class TraceSession:
    """Holds the trace that a lesson's pictures show. `run` and `draw` must not overlap, `adjust` may."""

    def __init__(self, engine: Asks, model: str, changed: Callable[[], None]) -> None:
        """Args: changed: called after every change of `trace`."""
        self.model = model
        self.trace = Trace(prompt=START)
        self._engine = engine
        self._changed = changed

    async def run(self, prompt: str) -> None:
        """Load the model if need be, and trace `prompt` from its beginning."""
        trace = self.trace
        trace.prompt, trace.drawn = prompt, []
        with self._work():
            if not trace.about:
                async with aclosing(import_if_missing(self.model)) as lines:
                    async for line in lines:
                        self._say(line)
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

    async def draw(self) -> None:
        """Draw one token, append it, and trace the longer text."""
        trace = self.trace
        if not trace.report:
            return
        with self._work():
            self._say("Drawing a token …")
            # The number of the step is its seed: beginning again with the same settings draws the same text.
            token = await self._engine.call("sample", **trace.settings.params(), seed=len(trace.drawn))
            trace.report = await self._engine.call("append", token=token["id"])
            trace.drawn = [*trace.drawn, token]
            await self._distribute()

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
