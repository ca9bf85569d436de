"""The event stream of a run: one JSON object a line, appended by the run, read by everyone else.

`docs/run-format.md` is the reference of the schema; `KINDS` below is its machine-readable half.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1

Event = dict[str, Any]
"""`v` schema version, `t` seconds since the epoch, `kind`, and the fields of that kind."""

KINDS: dict[str, tuple[str, ...]] = {
    "started": ("run", "lab", "mode", "config"),
    "stage": ("name", "title", "state"),
    "progress": ("stage", "done", "total", "unit"),
    "plan": ("rows",),
    "memory": ("rows", "available"),
    "step": ("step", "total", "loss", "lr", "grad_norm", "tokens", "tokens_per_s", "eta_s", "rss_bytes"),
    "eval": ("step", "split", "loss", "low", "high", "n"),
    "preference": ("step", "pairs"),
    "checkpoint": ("step", "path"),
    "sample": ("prompt", "reference", "base", "tuned"),
    "result": ("name", "value", "unit", "note"),
    "check": ("name", "passed", "value", "wanted"),
    "message": ("level", "text"),
    "finished": ("status", "exit_code", "what", "todo"),
}
"""Every kind of event with its fields, in the order they are written."""

OPTIONAL: dict[str, tuple[str, ...]] = {
    "step": ("trial", "cuda_allocated_bytes", "cuda_reserved_bytes", "gpu_used_bytes"),
    "result": ("low", "high", "n"),
}
"""Fields that an event may also have."""

STATUSES = ("passed", "failed-check", "error", "interrupted")
"""What a `finished` event can say; `exit_code` is 0, 1, 3 and 130 in that order (2 for a usage error)."""


def make(kind: str, **fields: Any) -> Event:
    """An event of `kind` now.

    Raises:
        ValueError: the kind or one of its fields is not in the schema.
    """
    wanted, also = KINDS.get(kind), OPTIONAL.get(kind, ())
    if wanted is None or not set(wanted) <= set(fields) <= {*wanted, *also}:
        raise ValueError(f"event {kind!r} has fields {sorted(fields)}, the schema wants {sorted(wanted or ())}")
    ordered = {name: fields[name] for name in (*wanted, *also) if name in fields}
    return {"v": SCHEMA_VERSION, "t": round(time.time(), 3), "kind": kind, **ordered}


def plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: write them as strings, so that every JSON reader can follow."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def dump(event: Event) -> str:
    """One line of JSON, without the line's end."""
    return json.dumps(plain(event), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class EventWriter:
    """Appends events to a file, each with one `write`, so that a reader sees whole lines or none."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if _ends_mid_line(path):
            os.write(self._fd, b"\n")

    def emit(self, kind: str, **fields: Any) -> Event:
        """Append one event and return it."""
        event = make(kind, **fields)
        os.write(self._fd, (dump(event) + "\n").encode())
        return event

    def close(self) -> None:
        """Close the file; the writer is unusable afterwards."""
        os.close(self._fd)


def _ends_mid_line(path: Path) -> bool:
    """Whether a killed writer left a line without its end."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


class EventReader:
    """Follows an event file. Each call of `new` returns the events appended since the last one.

    Lines that are not events of a known schema version (a killed writer's half line, garbage) are counted in
    `skipped` and passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self.skipped = 0

    def new(self, max_bytes: int = 4 << 20) -> list[Event]:
        """Events appended since the last call, reading at most `max_bytes` at once."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                piece = file.read(max_bytes)
        except FileNotFoundError:
            return []
        self._offset += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [event for line in lines if (event := self._parse(line)) is not None]

    def _parse(self, line: bytes) -> Event | None:
        if not line.strip():
            return None
        try:
            event = json.loads(line)
        except (ValueError, UnicodeDecodeError, RecursionError):
            event = None
        if not isinstance(event, dict) or event.get("v") != SCHEMA_VERSION or event.get("kind") not in KINDS:
            self.skipped += 1
            return None
        return event


def read_all(path: Path) -> Iterator[Event]:
    """All events of a file, oldest first."""
    reader = EventReader(path)
    while events := reader.new():
        yield from events
