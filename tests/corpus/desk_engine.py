"""The corpus engine's own methods, answered in this process: a test of a screen waits for no start of another."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from tests.app.app_fakes import FakeEngine, fake_services
from tutor.engine.client import Reply
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call, Role
from tutor.services import Asks, Services


class DeskEngine:
    """Everything goes through JSON, as over the pipe."""

    def __init__(self) -> None:
        self._methods = PackageMethods("tutor.corpus.desk")
        self._parts: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer."""
        self._parts = []
        answer = self._methods[method](Call(self._parts.append, lambda: False), **json.loads(json.dumps(params)))
        plain: dict[str, Any] = json.loads(json.dumps(answer))
        return plain

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """The parts, then the answer."""
        answer = await self.call(method, **params)
        for part in self._parts:
            yield Reply(part)
        yield Reply(answer, done=True)

    def cancel(self) -> None:
        """Everything is answered already."""

    async def close(self) -> None:
        """There is no process."""


def corpus_services() -> Services:
    """Fake services whose corpus engine is real."""
    services = fake_services()

    def make(role: Role) -> Asks:
        return DeskEngine() if role == "corpus" else FakeEngine(role)

    services.make_engine = make
    return services
