"""An engine process: `python -m tutor.engine.server trace|desk|chat`.

Standard input and output carry the protocol; whatever libraries print goes to standard error, which is a log file. The
process ends as soon as its standard input closes, so that it never outlives the one it works for.
"""

from __future__ import annotations

import functools
import inspect
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import BinaryIO

from tutor.engine.protocol import Call, Cancelled, Message, Method, decode, encode
from tutor.errors import EXIT_ENVIRONMENT, TutorError, UsageError

NICENESS = 5
"""Below the app, so that keys answer while the model computes."""


class Server:
    """Answers the requests of one pipe, one at a time and in order.

    `methods` is called at the first request: by then someone listens for the parent's end, and an import that fails
    is an answer.
    """

    def __init__(self, methods: Callable[[], Mapping[str, Method]], requests: BinaryIO, replies: BinaryIO) -> None:
        self._methods = functools.cache(methods)
        self._requests = requests
        self._replies = replies
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def serve(self) -> None:
        """Answer until the pipe closes, which ends the process."""
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            self._answer(self._waiting.get())

    def _read(self) -> None:
        """Receive requests and cancels, also while a request is being answered."""
        for line in self._requests:
            try:
                message = decode(line)
            except ValueError:
                print(f"unreadable request: {line[:200]!r}", file=sys.stderr)
                continue
            if "cancel" in message:
                self._cancelled.add(message["cancel"])
            else:
                self._waiting.put(message)
        # The main thread may be deep inside a library: leave without asking it. Nothing here is worth saving.
        os._exit(0)

    def _answer(self, request: Message) -> None:
        number = request["id"]
        call = Call(
            part=lambda data: self._send({"id": number, "part": data}),
            cancelled=lambda: number in self._cancelled,
        )
        try:
            done = self._run(call, request)
        except Cancelled:
            self._send({"id": number, "done": {"cancelled": True}})
        except TutorError as error:
            reply = {"what": error.what, "todo": error.todo, "exit_code": error.exit_code}
            self._send({"id": number, "error": reply})
        except Exception as error:  # a broken model can raise anything, and must not end the other requests
            traceback.print_exc()
            what = f"`{request.get('method')}` failed: {type(error).__name__}: {error}"
            reply = {"what": what, "todo": "The engine's log has the details.", "exit_code": EXIT_ENVIRONMENT}
            self._send({"id": number, "error": reply})
        else:
            self._send({"id": number, "done": done | ({"cancelled": True} if call.cancelled else {})})
        finally:
            self._cancelled.discard(number)

    def _run(self, call: Call, request: Message) -> Message:
        call.check()  # dragging a slider sends many requests, of which all but the last are cancelled while they wait
        name, params = request.get("method"), request.get("params", {})
        method = self._methods().get(str(name))
        if method is None:
            raise UsageError(f"The engine has no method `{name}`.")
        try:
            inspect.signature(method).bind(call, **params)
        except TypeError as error:
            raise UsageError(f"`{name}` was asked wrongly: {error}.") from error
        return method(call, **params)

    def _send(self, message: Message) -> None:
        try:
            self._replies.write(encode(message))
            self._replies.flush()
        except BrokenPipeError:
            os._exit(0)


def methods_of(role: str) -> Mapping[str, Method]:
    """What an engine of this role can do."""
    if role == "chat":
        from tutor.engine.chat import Chat

        return Chat().methods()
    if role == "trace":
        from tutor.engine.trace import Tracer

        return Tracer().methods()
    if role == "desk":
        from tutor.engine.methods import desk_methods

        return desk_methods()
    raise UsageError(f"There is no engine role `{role}`.", "Choose trace, desk or chat.")


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's own ends of stdin and stdout, out of reach of any library: fd 0 is empty, fd 1 is the log."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb")


def serve(methods: Callable[[], Mapping[str, Method]]) -> None:
    """Take over this process's pipes and answer until they close."""
    requests, replies = _take_pipes()
    os.nice(NICENESS)
    Server(methods, requests, replies).serve()


if __name__ == "__main__":
    serve(functools.partial(methods_of, sys.argv[1]))
