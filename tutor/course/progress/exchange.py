"""The progress as a JSON file, to keep or to take to another machine. `docs/progress.md` describes the format.

What is read is looked at field by field and stored as data; nothing in it is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from tutor.course.progress.attempt import Recorded
from tutor.course.progress.store import MOST_INPUT_BYTES, PASSED, STARTED, Place, Saved, TopicState
from tutor.errors import TutorError, UsageError

FORMAT = "tutor-progress"
VERSION = 1

MOST_BYTES = 64_000_000
MOST_DETAIL_BYTES = 64_000
LONGEST_NAME = 200
LATEST = 253_402_300_799.0
"""The last second of the year 9999; later dates cannot be written."""

T = TypeVar("T")


def to_json(saved: Saved, now: float) -> str:
    """`saved` as a file of the current version, exported at `now` (seconds since the epoch)."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "exported": now,
        "topics": [{"id": topic} | asdict(state) for topic, state in saved.topics.items()],
        "place": asdict(saved.place) if saved.place else None,
        "attempts": [asdict(attempt) for attempt in saved.attempts],
        "inputs": [{"topic": topic, "page": page, "inputs": inputs} for (topic, page), inputs in saved.inputs.items()],
        "seen": saved.seen,
    }
    return json.dumps(document, allow_nan=False, indent=1) + "\n"


def read_file(path: Path) -> Saved:
    """The progress in `path`.

    Raises:
        UsageError: it is missing, or no export; the sentence says what is wrong with it.
        TutorError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.", "`tutor progress export FILE` writes one.") from error
    except OSError as error:
        raise TutorError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if len(raw) > MOST_BYTES:
        raise UsageError(f"{path} has more than {MOST_BYTES} bytes.", "No export of tutor is as large.")
    try:
        return from_json(raw.decode())
    except (ValueError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(
            f"{path} is not an export of tutor: {said}.",
            "Nothing was changed. `tutor progress export` writes such files.",
        ) from error


def from_json(text: str) -> Saved:
    """The progress that `text` holds.

    Raises:
        ValueError: it is no export, and why.
    """
    document = _Fields("the file", json.loads(text, parse_constant=_no_constant))
    if document.take("format", str) != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if (version := document.take("version", int)) != VERSION:
        raise ValueError(f"it has version {version}, and this tutor reads version {VERSION}")
    place = document.entries.get("place")
    return Saved(
        topics=dict(document.each("topics", _topic)),
        place=_place(_Fields("the place", place)) if place is not None else None,
        attempts=document.each("attempts", _attempt),
        inputs=dict(document.each("inputs", _inputs)),
        seen={_name("seen", what): _date("seen", at) for what, at in document.take("seen", dict).items()},
    )


class _Fields:
    """One JSON object of the file, whose fields are taken with their types."""

    def __init__(self, name: str, entries: object) -> None:
        if not isinstance(entries, dict):
            raise ValueError(f"{name} is not a JSON object")
        self.name, self.entries = name, entries

    def take(self, key: str, kind: type[T]) -> T:
        value = self.entries.get(key)
        # True is an int to Python, and a page to nobody.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{self.name} has no {key!r} of the type {kind.__name__}")
        return value

    def name_of(self, key: str) -> str:
        return _name(f"{key!r} of {self.name}", self.take(key, str))

    def date(self, key: str) -> float:
        return _date(f"{key!r} of {self.name}", self.entries.get(key))

    def count(self, key: str, least: int) -> int:
        if not least <= (value := self.take(key, int)) < 1_000_000:
            raise ValueError(f"{key!r} of {self.name} is {value}")
        return value

    def table(self, key: str, most: int) -> dict[str, Any]:
        value: dict[str, Any] = self.take(key, dict)
        if len(json.dumps(value)) > most:
            raise ValueError(f"{key!r} of {self.name} has more than {most} bytes")
        return value

    def each(self, key: str, read: Callable[[_Fields], T]) -> list[T]:
        entries = self.take(key, list)
        return [read(_Fields(f"entry {number} of {key!r}", entry)) for number, entry in enumerate(entries, start=1)]


def _topic(fields: _Fields) -> tuple[str, TopicState]:
    if (state := fields.take("state", str)) not in (STARTED, PASSED):
        raise ValueError(f"{fields.name} has the state {state!r:.40}")
    return fields.name_of("id"), TopicState(state, fields.date("changed"))


def _place(fields: _Fields) -> Place:
    return Place(fields.name_of("topic"), fields.count("page", 0))


def _inputs(fields: _Fields) -> tuple[tuple[str, int], dict[str, Any]]:
    return (fields.name_of("topic"), fields.count("page", 0)), fields.table("inputs", MOST_INPUT_BYTES)


def _attempt(fields: _Fields) -> Recorded:
    try:
        return Recorded(
            topic=fields.name_of("topic"),
            check=fields.name_of("check"),
            kind=fields.name_of("kind"),
            objective=None if fields.entries.get("objective") is None else fields.count("objective", 1),
            right=fields.take("right", bool),
            score=_number(f"'score' of {fields.name}", fields.entries.get("score")),
            detail=fields.table("detail", MOST_DETAIL_BYTES),
            made=fields.date("made"),
            uid=fields.name_of("uid"),
        )
    except ValueError as error:
        raise ValueError(f"{fields.name}: {error}" if fields.name not in str(error) else str(error)) from error


def _name(where: str, text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"{where} is not a name: {text[:40]!r}")
    return text


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LATEST:
        raise ValueError(f"{where} is not a number")
    return float(value)


def _date(where: str, value: object) -> float:
    if (date := _number(where, value)) < 0:
        raise ValueError(f"{where} is not a date")
    return date


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
