"""The verbs of `tutor corpus`, run as on a terminal on a small corpus, for topic 3.3.2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.childprocess import quiet_environment
from tutor.engine.protocol import Call
from tutor.files import sha256

__all__ = ["run"]

SOURCE = "sample:tally"
BUILD = ("build", SOURCE, "-o", "corpus")
VERBS: dict[str, tuple[str, ...]] = {
    "extract": ("extract", SOURCE),
    "build": BUILD,
    "validate": ("validate", "corpus"),
    "falsify": ("falsify", "corpus"),
    "mutate": ("mutate", "corpus", "--only", "3", "--only", "7", "--only", "26"),
    "stats": ("stats", "corpus"),
    "sample": ("sample", "corpus", "--count", "2"),
    "inspect": ("inspect", "corpus"),
    "card": ("card", "corpus", "--check"),
    "dedup": ("dedup", "corpus"),
    "split": ("split", "corpus"),
    "verify-provenance": ("verify-provenance", "corpus"),
    "export": ("export", "corpus", "--task", "doc-from-signature", "-o", "chats"),
    "publish": ("publish", "corpus", "--repo-id", "you/tally"),
}
WRITE_ANEW = ("export", "publish")
"""Verbs that refuse to write over what is there."""
LINES = 60
"""Of output that are sent."""
PAUSE = 0.1
PART = 0.3
"""Seconds between two looks at a running command, and between two parts of the answer."""

_begun: set[Path] = set()
"""Directories that this process has begun anew."""


def run(call: Call, verb: str) -> dict[str, Any]:
    """Run a verb in a directory of its own, where a corpus of the small crate is made first if it needs one.

    Nothing of the source is executed; what runs is `python -m tutor corpus`, the same program as on a terminal.

    Returns:
        `command`; `lines` of what it printed (the first `LINES`) and how many there are in `all`; `code`, None while it
        runs; the `files` `{name, bytes, sha}` that are there. Parts have the same shape.
    """
    place = _cleared(verb)
    if verb not in ("extract", "build") and not (place / "corpus" / "corpus.lock").is_file():
        for _ in _running(call, place, BUILD):
            call.part(**_told(BUILD, [], None, place))
    answer = _told(VERBS[verb], [], None, place)
    told = 0.0
    for lines, code in _running(call, place, VERBS[verb]):
        answer = _told(VERBS[verb], lines, code, place)
        if code is None and time.monotonic() - told > PART:
            call.part(**answer)
            told = time.monotonic()
    return answer


def _cleared(verb: str) -> Path:
    """The directory, without what another version of the program left, and without what the verb wrote before."""
    place = paths.cache_dir() / "lesson-corpus"
    if place not in _begun:
        shutil.rmtree(place, ignore_errors=True)
        _begun.add(place)
    place.mkdir(parents=True, exist_ok=True)
    if verb in WRITE_ANEW:
        for path in place.iterdir():
            if path.name != "corpus":
                shutil.rmtree(path)
    return place


def _running(call: Call, place: Path, words: tuple[str, ...]) -> Iterator[tuple[list[str], int | None]]:
    """What a command has printed, and its exit code once there is one. One that nobody waits for is ended."""
    command = [sys.executable, "-P", "-m", "tutor", "corpus", *words]
    environment = quiet_environment() | {"COLUMNS": "76", "NO_COLOR": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with subprocess.Popen(
            command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as child:
            try:
                while child.poll() is None:
                    call.check()
                    yield _printed(output.fileno()), None
                    time.sleep(PAUSE)
            finally:
                child.kill()
        yield _printed(output.fileno()), child.returncode


def _printed(descriptor: int) -> list[str]:
    """Read from the beginning, and leave the place where the child writes as it is."""
    return os.pread(descriptor, 200_000, 0).decode("utf-8", "replace").splitlines()


def _told(words: tuple[str, ...], lines: list[str], code: int | None, place: Path) -> dict[str, Any]:
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return {
        "command": " ".join(["tutor", "corpus", *words]),
        "lines": lines[:LINES],
        "all": len(lines),
        "code": code,
        "files": [
            {"name": path.relative_to(place).as_posix(), "bytes": path.stat().st_size, "sha": sha256(path)[:8]}
            for path in files
        ],
        "source": f"the command itself, in {place}",
    }
