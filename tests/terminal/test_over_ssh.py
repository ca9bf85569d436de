"""The course over a real SSH connection: a lesson, a lab, a connection that drops, and the lab found again."""

from __future__ import annotations

import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bench.sshd import find_sshd, sshd
from tests.terminal.tmux import PROMPT, Tmux, step
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.runs import store

pytestmark = [pytest.mark.terminal, pytest.mark.model]


@pytest.fixture
def course(nano_home: Path, env: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The command that opens the course through an SSH server."""
    if find_sshd() is None:
        pytest.skip("sshd is missing; on Debian or Ubuntu: apt install openssh-server")
    if shutil.which("ssh") is None:
        pytest.skip("ssh is missing; on Debian or Ubuntu: apt install openssh-client")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    kept = {"TUTOR_HOME": str(nano_home), "TUTOR_LABS": env["TUTOR_LABS"], "HF_HUB_OFFLINE": "1"}
    with sshd(folder, kept) as words:
        yield shlex.join(words)


def _wait(true: Callable[[], object]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"never true: {true}")


def _apps(home: Path) -> list[psutil.Process]:
    """The app's processes that use `home`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[1:] == ["-m", "tutor"] and process.environ().get("TUTOR_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_lesson_a_lab_and_a_dropped_connection(course: str, tmux: Tmux, nano_home: Path) -> None:
    topic = load_outline().topic("1.3.2")
    assert topic is not None and topic.file is not None
    pages = len(load_lesson(topic.file).pages)
    tmux.type(course, "Enter")
    tmux.wait_for("How a language model works")
    tmux.type(",")
    tmux.wait_for("Link to the terminal")
    tmux.wait_for(" ms", 10)
    tmux.type("Escape")
    tmux.palette("Lesson 1.3.2")
    tmux.wait_for(f"1/{pages}")
    tmux.type("n", "n")
    tmux.wait_for(f"3/{pages}")
    _wait(lambda: "Computed just now" in tmux.page_down())

    tmux.palette("Lab: ")
    tmux.wait_for("Takes steps until it is stopped.")
    tmux.type("s")
    left_at = step(tmux.wait_for("of 2000"))
    (run,) = store.all_runs()
    (app,) = _apps(nano_home)
    (client,) = psutil.Process(tmux.pid()).children()
    client.kill()
    _wait(lambda: not app.is_running())
    assert run.is_running()

    tmux.type("clear; reset", "Enter")
    tmux.wait_for(PROMPT)
    tmux.type(course, "Enter")
    tmux.wait_for("How a language model works")
    tmux.palette(f"Run {run.id[-4:]}")
    assert step(tmux.wait_for("of 2000")) > left_at
    tmux.type("x")
    tmux.wait_for("Stopped; nothing is lost.")
    tmux.type("C-q")
    tmux.wait_for(PROMPT)
    assert run.status() == "interrupted"
    _wait(lambda: not _apps(nano_home))
