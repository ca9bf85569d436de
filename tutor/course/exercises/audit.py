"""The wall inside Python: an audit hook (PEP 578) that refuses what an exercise has no business with, in a sentence.

It catches every ordinary way of doing these things, on every system, and names what was tried. It is no defence against
code that sets out to get around it (native code is not audited): the kernel's walls behind it are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

PROCESSES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
)
SIGNALS = ("os.kill", "os.killpg", "signal.pthread_kill")
CHANGES = {
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.chmod": 1,
    "os.chown": 1,
    "os.truncate": 1,
    "os.utime": 1,
}
"""Events that change files, with the number of paths that they begin with."""
LISTINGS = ("os.listdir", "os.scandir")


class Refused(PermissionError):
    """The learner's code tried something that exercises may not do; the message is the sentence to show."""


class Guard:
    """The hook. Paths it allows are resolved once, before the learner's code runs."""

    def __init__(self, readable: Iterable[Path], writable: Iterable[Path]) -> None:
        self.writable = tuple(os.path.realpath(path) for path in writable)
        self.readable = (*(os.path.realpath(path) for path in readable), *self.writable)

    def install(self) -> None:
        """Put the hook up, for good."""
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._open(*arguments)
        elif event in LISTINGS:
            self._need(arguments[0], self.readable, "list the directory")
        elif event in CHANGES:
            for path in arguments[: CHANGES[event]]:
                self._need(path, self.writable, f"{event.removeprefix('os.')}")
        elif event.startswith("socket."):
            raise Refused("Your code reached for the network; exercises run without one.")
        elif event in PROCESSES:
            raise Refused(f"Your code tried to start another process ({event}); exercises run alone.")
        elif event in SIGNALS:
            raise Refused(f"Your code tried to signal a process ({event}); exercises leave others alone.")
        elif event.startswith("ctypes."):
            raise Refused("Your code called native code through ctypes; exercises are Python only.")
        elif event == "resource.setrlimit":
            raise Refused("Your code tried to change the limits that it runs under.")

    def _open(self, path: object, _mode: object, flags: int) -> None:
        if flags & WRITING:
            self._need(path, self.writable, "write")
        else:
            self._need(path, self.readable, "read")

    def _need(self, path: object, allowed: tuple[str, ...], deed: str) -> None:
        if path is None or isinstance(path, int):  # the current directory, or a file that is open already
            return
        place = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if not _beneath(place, allowed):
            raise Refused(f"Your code tried to {deed} {place}; exercises see only their own directory.")


def _beneath(place: str, allowed: tuple[str, ...]) -> bool:
    return any(place == root or place.startswith(root.rstrip("/") + "/") for root in allowed)
