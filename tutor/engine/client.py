"""The only way to an engine process: starting it, asking it, cancelling, and saying in a sentence how it died."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.childprocess import quiet_environment
from tutor.engine.protocol import MAX_LINE, Message, Role, decode, encode
from tutor.errors import TutorError
from tutor.files import disk_errors

MAX_LOG = 1 << 20
"""Bytes after which a log is begun anew."""


@dataclass(frozen=True)
class Reply:
    """One item of a streamed answer. The last one has `done` set, and its `data` is the whole answer."""

    data: dict[str, Any]
    done: bool = False


class _Running:
    """One living process and the requests it has not answered yet."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.open: dict[int, asyncio.Queue[Message | TutorError]] = {}
        self.streams: set[int] = set()
        """Those of the open requests that `Engine.cancel` stops."""
        self.model = ""
        self.closed = False
        self.reader: asyncio.Task[None] | None = None

    def send(self, message: Message) -> None:
        """Write one line; a process that is gone is noticed by its reader."""
        assert self.process.stdin is not None
        self.process.stdin.write(encode(message))

    def kill(self) -> None:
        """Kill the process and whatever it started. It holds nothing that is worth a goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Engine:
    """An engine process of one role, started at the first request and again after a crash.

    `model` is what crash messages name: the model of the latest request. All methods belong to one event loop.
    """

    def __init__(self, role: Role, log: Path | None = None, module: str = "tutor.engine.server") -> None:
        """Args: module: what is run; it serves `role`."""
        self.role = role
        self.log = log or paths.logs_dir() / f"engine-{role}.log"
        self.command = [sys.executable, "-P", "-m", module, role]
        self._numbers = itertools.count(1)
        self._running: _Running | None = None
        self._starting = asyncio.Lock()

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a request.

        Cancelling the task that awaits it cancels the request.

        Raises:
            TutorError: what the engine said, or that its process died.
        """
        async with aclosing(self._exchange(next(self._numbers), method, params)) as replies:
            async for reply in replies:
                if reply.done:
                    return reply.data
        raise AssertionError("an exchange ends with done or raises")

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """The parts of an answer as they come, then the answer (`done`).

        Closing the generator (`contextlib.aclosing`), or cancelling its task, cancels the request. `cancel` does so
        too, but lets the answer come.

        Raises:
            TutorError: what the engine said, or that its process died.
        """
        number = next(self._numbers)
        running = await self._ensure_running()
        running.streams.add(number)
        try:
            async with aclosing(self._exchange(number, method, params)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            running.streams.discard(number)

    async def _exchange(self, number: int, method: str, params: dict[str, Any]) -> AsyncGenerator[Reply, None]:
        running = await self._ensure_running()
        answers: asyncio.Queue[Message | TutorError] = asyncio.Queue()
        running.open[number] = answers
        running.model = str(params.get("model") or running.model)
        running.send({"id": number, "method": method, "params": params})
        try:
            while True:
                message = await answers.get()
                if isinstance(message, TutorError):
                    raise message
                if "part" in message:
                    yield Reply(message["part"])
                    continue
                running.open.pop(number, None)
                if "error" in message:
                    raise _said(message["error"])
                yield Reply(message["done"], done=True)
                return
        finally:
            if running.open.pop(number, None) is not None:
                running.send({"cancel": number})

    def cancel(self) -> None:
        """Stop all streams: they end soon, with `cancelled` in the answer. Calls go on."""
        if self._running is not None:
            for number in self._running.streams & self._running.open.keys():
                self._running.send({"cancel": number})

    async def close(self) -> None:
        """End the process now, whatever it does. A later request starts a fresh one."""
        running, self._running = self._running, None
        if running is None:
            return
        running.closed = True
        running.kill()
        if running.reader is not None:
            await running.reader

    async def _ensure_running(self) -> _Running:
        async with self._starting:
            if self._running is None or self._running.process.returncode is not None:
                self._running = await self._start()
            return self._running

    async def _start(self) -> _Running:
        with disk_errors(str(self.log)):
            self.log.parent.mkdir(parents=True, exist_ok=True)
            too_long = self.log.exists() and self.log.stat().st_size > MAX_LOG
            log = self.log.open("wb" if too_long else "ab")
        with log:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=quiet_environment(),
                    start_new_session=True,
                    limit=MAX_LINE,
                )
            except OSError as error:
                raise TutorError(
                    f"The {self.role} engine cannot be started: {error.strerror}.",
                    "Close other programs and try again.",
                ) from error
        running = _Running(process)
        running.reader = asyncio.create_task(self._read(running))
        return running

    async def _read(self, running: _Running) -> None:
        """Hand each line to the request it answers until the process ends; then fail what is still open."""
        problem = await self._deliver(running)
        if problem is None:
            # Its pipe closes a moment before it has ended: killing it now would hide how it died.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(running.process.wait(), timeout=2)
        running.kill()
        code = await running.process.wait()
        if self._running is running:
            self._running = None
        error = problem or self._death(code, running)
        for answers in running.open.values():
            answers.put_nowait(error)
        running.open.clear()

    async def _deliver(self, running: _Running) -> TutorError | None:
        assert running.process.stdout is not None
        try:
            while line := await running.process.stdout.readline():
                message = decode(line)
                if answers := running.open.get(message.get("id", 0)):
                    answers.put_nowait(message)
        except ValueError as error:  # a line over the limit, or not JSON: nothing after it can be trusted
            return TutorError(
                f"The {self.role} engine said something unreadable ({error}) and was ended.",
                f"Try again; its log is {self.log}.",
            )
        return None

    def _death(self, code: int, running: _Running) -> TutorError:
        if running.closed:
            return TutorError(f"The {self.role} engine was closed.")
        during = f" while it worked on the model {running.model}" if running.model else ""
        if code >= 0:
            return TutorError(
                f"The {self.role} engine ended with exit code {code}{during}.", f"Its log says why: {self.log}"
            )
        name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
        return TutorError(
            f"The {self.role} engine was killed by {name}{during}.", f"{_advice(-code)} Its log is {self.log}."
        )


def _said(error: dict[str, Any]) -> TutorError:
    """The error of an engine, as if it had been raised here."""
    raised = TutorError(error["what"], error["todo"])
    raised.exit_code = error["exit_code"]
    return raised


def _advice(signum: int) -> str:
    """What to try after a death by a signal."""
    if signum == signal.SIGKILL:
        return "The system probably ran out of memory: close other programs, or take a smaller model."
    if signum == signal.SIGILL:
        return "llama.cpp or torch was built for another processor: reinstall llama-cpp-python on this machine."
    return (
        "Ask again, which starts it afresh; if it dies again, check the model with `tutor models verify`, "
        "or take another one."
    )
