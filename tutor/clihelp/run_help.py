"""Runs one command for its help: no shell, no input, a scrubbed environment, a time limit and a size limit."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from tutor.clihelp.tools import search_path

TIMEOUT = 10.0
"""Seconds; the slowest common tool, npm, takes a third of one."""
MAX_BYTES = 256 * 1024
"""Output beyond this is not read."""

_KEPT = ("CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "SYSTEMROOT")
"""Variables that a tool cannot start without; everything else of the user's environment is withheld."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_OVERSTRIKE = re.compile(r"[^\n]\x08")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def scrubbed_environment(executable: Path, scratch: Path) -> dict[str, str]:
    """No tokens, no proxies, no colours, no pager; the home directory is an empty one.

    rustup's proxies find their toolchains under the real home, which is named to them only.
    """
    home = Path.home()
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
        if name not in kept and (home / folder).is_dir():
            kept[name] = str(home / folder)
    return kept | {
        "PATH": search_path(executable),
        "HOME": str(scratch),
        "COLUMNS": "100",
        "LC_ALL": "C",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "MANPAGER": "cat",
        # Asking for help must never download a toolchain or look for a newer version.
        "RUSTUP_AUTO_INSTALL": "0",
        "CARGO_NET_OFFLINE": "true",
        "UV_OFFLINE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(executable: Path, arguments: list[str], scratch: Path, timeout: float = TIMEOUT) -> str:
    """What the command prints (its standard output, or its standard error where that is empty), cleaned.

    The process gets a group of its own, which is killed when the time is up or the output is too long.
    Returns '' where the command could not be started or ran too long. Exit codes say nothing here: git's help ends
    with 129, npm's with 1.
    """
    try:
        child = subprocess.Popen(
            [executable.name, *arguments],
            executable=executable,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env=scrubbed_environment(executable, scratch),
            start_new_session=True,
        )
    except OSError:
        return ""
    assert child.stdout is not None and child.stderr is not None
    with child.stdout as out, child.stderr as err:
        try:
            in_time, printed = _read(out, err, timeout)
        finally:
            _end(child)
    if not in_time:
        return ""
    text = clean((printed[0].strip() and printed[0]) or printed[1])
    return text.replace(str(scratch), "~")


def _read(out: IO[bytes], err: IO[bytes], timeout: float) -> tuple[bool, tuple[bytes, bytes]]:
    """(whether both streams ended, or one was full, in time; what they held)."""
    deadline = time.monotonic() + timeout
    held = {out.fileno(): bytearray(), err.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in held:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return False, (b"", b"")
            for key, _ in selector.select(left):
                piece = os.read(key.fd, 1 << 16)
                held[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
            if any(len(text) > MAX_BYTES for text in held.values()):
                break
    printed, complained = (bytes(text[:MAX_BYTES]) for text in held.values())
    return True, (printed, complained)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave nothing of the child's group behind."""
    # Already gone is fine; macOS says so with EPERM while the leader is a zombie.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def clean(raw: bytes) -> str:
    """Text without escape sequences, overstrikes (`b\\bb` for bold) and control characters."""
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
    text = _OVERSTRIKE.sub("", _ANSI.sub("", text))
    return _CONTROL.sub("", text)
