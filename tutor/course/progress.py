"""What the learner has done, in sqlite: states of topics, and the place where they stopped."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tutor.errors import TutorError
from tutor.files import disk_errors

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE topic (id TEXT PRIMARY KEY, state TEXT NOT NULL, changed REAL NOT NULL);
CREATE TABLE place (only INTEGER PRIMARY KEY CHECK (only = 1), topic TEXT NOT NULL, page INTEGER NOT NULL);
"""

STARTED = "started"
PASSED = "passed"


@dataclass(frozen=True)
class Place:
    """Where the learner stopped: a topic and a page of it, counted from 0."""

    topic: str
    page: int


class Progress:
    """The progress database. Two sessions of one user may have it open: writes are short and wait for each other."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """Open or create the database at `path`.

        Raises:
            TutorError: the disk is full, or the file is no database or one of a newer tutor.
        """
        self._now = now
        with disk_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = sqlite3.connect(path, timeout=5, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._migrate(path)
        except sqlite3.Error as error:
            raise TutorError(
                f"The progress file {path} cannot be used: {error}.", "Move it away to begin anew."
            ) from error

    def _migrate(self, path: Path) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")  # two sessions may start at once: one creates, the other waits
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            connection.execute("ROLLBACK")
            raise TutorError(f"{path} was written by a newer tutor (schema {version}).", "Update tutor.")
        if version == 0:
            for statement in SCHEMA.strip().splitlines():
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    def states(self) -> dict[str, str]:
        """State (`started` or `passed`) of every topic that is not new."""
        return dict(self._connection.execute("SELECT id, state FROM topic").fetchall())

    def start(self, topic: str) -> None:
        """Note that the learner opened `topic`; a passed topic stays passed."""
        self._connection.execute("INSERT OR IGNORE INTO topic VALUES (?, ?, ?)", (topic, STARTED, self._now()))

    def finish(self, topic: str) -> None:
        """Note that the learner came to the end of `topic`."""
        self._connection.execute("INSERT OR REPLACE INTO topic VALUES (?, ?, ?)", (topic, PASSED, self._now()))

    def place(self) -> Place | None:
        """Where the learner stopped, or None before the first lesson."""
        row = self._connection.execute("SELECT topic, page FROM place").fetchone()
        return Place(*row) if row else None

    def keep_place(self, place: Place) -> None:
        """Remember where the learner is."""
        self._connection.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", (place.topic, place.page))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
