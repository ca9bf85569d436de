"""What a tool that is asked for its help gets, and what it cannot do to us."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tutor.clihelp.run_help import MAX_BYTES, clean, run


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The empty home directory of the tool."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def script(tmp_path: Path, body: str) -> Path:
    """An executable shell script."""
    path = tmp_path / "pond"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_arguments_reach_no_shell(tmp_path: Path, scratch: Path) -> None:
    tool = script(tmp_path, 'printf "%s|" "$@"')
    assert run(tool, ["a; touch stolen", "$(id)", "--help"], scratch) == "a; touch stolen|$(id)|--help|"
    assert not list(scratch.iterdir())


def test_environment_is_scrubbed(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    text = run(script(tmp_path, "env; pwd"), ["--help"], scratch)
    assert "hunter2" not in text
    assert "proxy" not in text.lower()
    lines = text.splitlines()
    assert {"NO_COLOR=1", "COLUMNS=100", "LC_ALL=C", "PAGER=cat", "TERM=dumb", "HOME=~"} <= set(lines)
    assert lines[-1] == "~", "the scratch directory must not show in what is kept"


def test_input_is_closed(tmp_path: Path, scratch: Path) -> None:
    ours = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, b"typed by the user")
    os.close(writing)
    os.dup2(reading, 0)
    try:
        assert run(script(tmp_path, "cat; echo end"), ["--help"], scratch) == "end\n"
    finally:
        os.dup2(ours, 0)
        os.close(ours)
        os.close(reading)


def test_standard_error_counts_where_there_is_no_output(tmp_path: Path, scratch: Path) -> None:
    assert run(script(tmp_path, "echo usage >&2; exit 129"), ["-h"], scratch) == "usage\n"
    assert run(script(tmp_path, "echo warning >&2; echo usage"), ["-h"], scratch) == "usage\n"


def test_time_limit_ends_the_whole_group(tmp_path: Path, scratch: Path) -> None:
    tool = script(tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; echo started; wait")
    begun = time.monotonic()
    assert run(tool, ["--help"], scratch, timeout=0.5) == ""
    assert time.monotonic() - begun < 20
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody has reaped yet does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_endless_output_is_cut(tmp_path: Path, scratch: Path) -> None:
    text = run(script(tmp_path, "yes frog"), ["--help"], scratch)
    assert len(text) == MAX_BYTES


def test_a_tool_that_cannot_start_says_nothing(tmp_path: Path, scratch: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x00\x01")
    broken.chmod(0o755)
    assert run(broken, ["--help"], scratch) == ""
    assert run(tmp_path / "absent", ["--help"], scratch) == ""


def test_clean() -> None:
    assert clean(b"\x1b[1;32m-a\x1b[0m \x1b]8;;http://x\x07all\x1b]8;;\x1b\\\r\n") == "-a all\n"
    assert clean(b"N\x08NA\x08AM\x08ME\x08E _\x08x") == "NAME x"
    assert clean(b"caf\xc3\xa9 \xff\x00") == "caf\u00e9 \ufffd"
