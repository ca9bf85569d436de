"""A program in a real pseudo-terminal: keys in, bytes out, with times."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence

QUESTION, ANSWER = b"\x1b[6n", b"\x1b[1;1R"
"""Where the cursor is: every terminal answers that, and the app measures the link by it."""
QUIET = 0.2
"""Seconds without output after which a screen counts as settled."""


class PtyApp:
    """Starts `command` in a terminal of `columns` × `rows`."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.output = b""

    def read(self, seconds: float) -> bytes:
        """Whatever comes within `seconds`, at the latest until the first piece of it."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            piece = os.read(self._fd, 1 << 16)
        except OSError:  # the program has ended
            return b""
        self.output += piece
        if asked := piece.count(QUESTION):
            os.write(self._fd, asked * ANSWER)
        return piece

    def wait_for(self, text: bytes, seconds: float = 20) -> float:
        """Seconds since the start until `text` has been written.

        Raises:
            TimeoutError: it was not.
        """
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if text in self.output:
                return time.perf_counter() - self.started
            self.read(end - time.perf_counter())
        raise TimeoutError(f"{text!r} did not appear; the last output was {self.output[-400:]!r}")

    def settle(self, quiet: float = QUIET) -> int:
        """Wait until nothing has come for `quiet` seconds; how many bytes came before."""
        count = 0
        while piece := self.read(quiet):
            count += len(piece)
        return count

    def count(self, seconds: float) -> int:
        """Bytes that come in `seconds`."""
        end, count = time.perf_counter() + seconds, 0
        while (left := end - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self._fd, keys.encode())

    def latency(self, keys: str) -> float:
        """Seconds from typing `keys` to the first byte of the answer."""
        began = time.perf_counter()
        self.press(keys)
        if not self.read(2):
            return 2.0
        found = time.perf_counter() - began
        self.settle(0.05)
        return found

    def end(self, keys: str) -> float:
        """Type `keys` and wait for the program's end; how many seconds that took."""
        began = time.perf_counter()
        self.press(keys)
        while time.perf_counter() - began < 10:
            self.read(0.01)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                os.close(self._fd)
                return time.perf_counter() - began
        self.kill()
        return float("inf")

    def kill(self) -> None:
        """End it without asking."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)
