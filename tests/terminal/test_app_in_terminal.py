"""The app in a real terminal: started, left and found again; ended from outside with the terminal as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from bench.ptyapp import PtyApp
from tests.terminal.tmux import PROMPT, Tmux, step
from tutor.runs import store

pytestmark = pytest.mark.terminal

TUTOR = [sys.executable, "-m", "tutor"]


def _open(tmux: Tmux) -> None:
    tmux.type("clear; " + " ".join(TUTOR), "Enter")
    tmux.wait_for("How a language model works")


def test_a_lab_goes_on_when_one_leaves_and_is_found_again(tmux: Tmux) -> None:
    _open(tmux)
    tmux.palette("Lab: ")
    tmux.wait_for("Takes steps until it is stopped.")
    tmux.type("s")
    left_at = step(tmux.wait_for("of 2000"))
    tmux.type("C-q")
    tmux.wait_for("goes on in the background")
    (run,) = store.all_runs()
    assert run.is_running()
    _open(tmux)
    tmux.palette(f"Run {run.id[-4:]}")
    assert step(tmux.wait_for("of 2000")) > left_at
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
