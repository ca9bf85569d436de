"""An engine process with methods that need no model: run as a script by the tests of the client and the server."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from tutor.engine.protocol import Call, Method
from tutor.engine.server import serve
from tutor.errors import UsageError


def echo(call: Call, **params: Any) -> dict[str, Any]:
    return params


def count(call: Call, n: int, pause: float = 0.0) -> dict[str, Any]:
    for i in range(n):
        if call.cancelled:
            return {"counted": i}
        call.part(i=i)
        time.sleep(pause)
    return {"counted": n}


def all_or_nothing(call: Call) -> dict[str, Any]:
    call.part(started=True)
    while True:
        call.check()
        time.sleep(0.01)


def whoami(call: Call) -> dict[str, Any]:
    return {"pid": os.getpid(), "niceness": os.nice(0), "stdin": sys.stdin.read()}


def noisy(call: Call) -> dict[str, Any]:
    print("a library says hello")
    os.write(1, b'{"id": 1, "done": {"forged": true}}\n')
    return {"ok": True}


def refuse(call: Call) -> dict[str, Any]:
    raise UsageError("There is no such thing.", "Ask for another.")


def stumble(call: Call) -> dict[str, Any]:
    raise ZeroDivisionError("a bug")


def die(call: Call, model: str = "", signum: int = signal.SIGSEGV) -> dict[str, Any]:
    call.part(dying=True)
    os.kill(os.getpid(), signum)
    return {}


def leave(call: Call) -> dict[str, Any]:
    sys.exit(7)


NOTED: list[int] = []


def note(call: Call, value: int) -> dict[str, Any]:
    NOTED.append(value)
    return {"noted": NOTED}


def shout(call: Call, size: int) -> dict[str, Any]:
    return {"text": "x" * size}


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (echo, count, all_or_nothing, whoami, noisy, refuse, stumble, die, leave, note, shout)
}

if __name__ == "__main__":
    serve(lambda: METHODS)
