"""What the screens use of the outside world, so that a test can hand them recorded answers and a fixed clock."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from tutor import paths
from tutor.course.progress import Progress
from tutor.settings import Settings
from tutor.terminal.fit import Fit, fit

if TYPE_CHECKING:
    from tutor.engine.client import Reply
    from tutor.engine.memory import Budget
    from tutor.engine.protocol import Role


class Asks(Protocol):
    """An engine as the screens see it (`tutor.engine.client.Engine`)."""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a request."""

    def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """The parts of an answer, then the answer."""

    def cancel(self) -> None:
        """Stop what is being answered."""

    async def close(self) -> None:
        """End the process."""


def start_engine(role: Role) -> Asks:
    """The real engine process of a role."""
    from tutor.engine.client import Engine

    return Engine(role, module="tutor.corpus.server") if role == "corpus" else Engine(role)


def free_memory() -> Budget:
    """What a model can have on this machine now."""
    from tutor.engine.memory import budget

    return budget()


@dataclass
class Services:
    """Engines by name, the clock and the progress of one app."""

    make_engine: Callable[[Role], Asks] = start_engine
    now: Callable[[], float] = time.time
    fit: Fit = field(default_factory=lambda: fit(Settings()))
    """What fits the terminal; the app keeps it true."""
    memory: Callable[[], Budget] = free_memory
    """Can take a second where there is a GPU to ask."""
    _engines: dict[str, Asks] = field(default_factory=dict)

    @property
    def repaint_s(self) -> float:
        """Seconds between two drawings of live numbers, at least."""
        return 1 / self.fit.repaint

    @cached_property
    def progress(self) -> Progress:
        """The learner's progress; opened when first used."""
        return Progress(paths.progress_db(), self.now)

    def engine(self, role: Role, name: str = "") -> Asks:
        """The app's engine of `role`; engines of one role with different names are processes of their own."""
        return self._engines.setdefault(f"{role} {name}", self.make_engine(role))

    async def close(self) -> None:
        """End every engine."""
        engines = list(self._engines.values())
        self._engines.clear()
        for engine in engines:
            await engine.close()
