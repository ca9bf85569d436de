"""The app in a real terminal: started, left and found again; ended from outside with the terminal as it was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.ptyapp import PtyApp
from tutor.runs import launch, store

pytestmark = pytest.mark.terminal

PROMPT = "at-the-prompt>"
TUTOR = [sys.executable, "-m", "tutor"]

LAB = """\
[lab]
title = "Count slowly"
summary = "Takes steps until it is stopped."
minutes = 1

[options]
# Learning rate.
lr = 0.1
# A complete run in seconds.
smoke = false
"""

RECIPE = """\
import time


def run(run):
    with run.stage("train", "Take steps"):
        for step in range(1, 2000):
            run.raise_if_stopped()
            run.emit("step", step=step, total=2000, loss=3 / step, lr=0.1, grad_norm=1.0, tokens=step,
                     tokens_per_s=20.0, eta_s=1.0, rss_bytes=1000000)
            time.sleep(0.05)
"""


@pytest.fixture
def env(home: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with a home and a lab of our own; what still runs in it at the end is killed."""
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    yield {**os.environ, "TUTOR_HOME": str(home), "TUTOR_LABS": str(labs)}
    for run in store.all_runs():
        if run.is_running():
            os.kill(launch.worker_pid(run), signal.SIGKILL)


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

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, text: str, seconds: float = 30) -> str:
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


@pytest.fixture
def tmux(env: dict[str, str], tmp_path: Path) -> Iterator[Tmux]:
    """A real terminal."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    terminal = Tmux(tmp_path / "tmux", env)
    yield terminal
    terminal.end()


def _open(tmux: Tmux) -> None:
    tmux.type("clear; " + " ".join(TUTOR), "Enter")
    tmux.wait_for("How a language model works")


def _palette(tmux: Tmux, entry: str) -> None:
    tmux.type("C-p")
    tmux.wait_for("Search for commands")
    tmux.type("-l", entry)
    tmux.wait_for(entry)
    time.sleep(0.5)
    tmux.type("Enter")


def _step(screen: str) -> int:
    line = next(line for line in screen.splitlines() if "of 2000" in line)
    return int(line.split("step")[1].split("of")[0])


def test_a_lab_goes_on_when_one_leaves_and_is_found_again(tmux: Tmux) -> None:
    _open(tmux)
    _palette(tmux, "Lab: ")
    tmux.wait_for("Takes steps until it is stopped.")
    tmux.type("s")
    left_at = _step(tmux.wait_for("of 2000"))
    tmux.type("C-q")
    tmux.wait_for("goes on in the background")
    (run,) = store.all_runs()
    assert run.is_running()
    _open(tmux)
    _palette(tmux, f"Run {run.id[-4:]}")
    assert _step(tmux.wait_for("of 2000")) > left_at
    tmux.type("x")
    tmux.wait_for("Stopped; nothing is lost.")
    tmux.type("Escape")
    tmux.wait_for("How a language model works")
    tmux.type("q")
    tmux.wait_for(PROMPT)
    assert run.status() == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_ended_from_outside_the_terminal_is_as_it_was(env: dict[str, str], number: signal.Signals) -> None:
    app = PtyApp(TUTOR, env)
    app.wait_for(b"Course")
    app.settle()
    os.kill(app.pid, number)
    app.wait_for(b"It opens where you stopped", 10)
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
        assert restored in app.output
    app.settle()
    assert os.waitstatus_to_exitcode(os.waitpid(app.pid, 0)[1]) == 130


def test_without_a_terminal_the_way_without_one_is_named(env: dict[str, str]) -> None:
    done = subprocess.run(TUTOR, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "tutor --lab" in done.stderr
    assert done.stdout == ""
