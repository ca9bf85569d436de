"""A terminal that tests can type into and read."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PROMPT = "at-the-prompt>"


class Tmux:
    """A tmux server of its own with one window of 80 × 24."""

    def __init__(self, socket: Path, env: dict[str, str]) -> None:
        self._socket = str(socket)
        self._env = env
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", f"PS1={PROMPT!r} bash --norc")

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, *words]
        return subprocess.run(command, env=self._env, check=True, capture_output=True, text=True).stdout

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def palette(self, entry: str) -> None:
        """Choose an entry of the app's command palette."""
        self.type("C-p")
        self.wait_for("Search for commands")
        self.type("-l", entry)
        self.wait_for(entry)
        time.sleep(0.5)
        self.type("Enter")

    def page_down(self) -> str:
        """The screen, one page further down."""
        self.type("NPage")
        return self.screen()

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def pid(self) -> int:
        """The shell in the window."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """The screen once `text` is on it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text in (screen := self.screen()):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} did not appear on:\n{self.screen()}")

    def end(self) -> None:
        """End the server with everything in it."""
        self._tmux("kill-server")


def step(screen: str) -> int:
    """The step of the slow lab that is on the screen."""
    line = next(line for line in screen.splitlines() if "of 2000" in line)
    return int(line.split("step")[1].split("of")[0])
