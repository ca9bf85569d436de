"""The tables of the progress database, and how the file of an older tutor becomes a current one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tutor.errors import TutorError
from tutor.files import disk_errors

MIGRATIONS = (
    (
        "CREATE TABLE topic (id TEXT PRIMARY KEY, state TEXT NOT NULL, changed REAL NOT NULL)",
        "CREATE TABLE place (only INTEGER PRIMARY KEY CHECK (only = 1), topic TEXT NOT NULL, page INTEGER NOT NULL)",
    ),
    (
        """CREATE TABLE attempt (
            uid TEXT PRIMARY KEY, topic TEXT NOT NULL, check_id TEXT NOT NULL, kind TEXT NOT NULL, objective INTEGER,
            is_right INTEGER NOT NULL, score REAL NOT NULL, detail TEXT NOT NULL, made REAL NOT NULL)""",
        "CREATE INDEX attempt_by_topic ON attempt (topic, made)",
        "CREATE TABLE input (topic TEXT, page INTEGER, inputs TEXT NOT NULL, PRIMARY KEY (topic, page))",
        "CREATE TABLE seen (what TEXT PRIMARY KEY, at REAL NOT NULL)",
    ),
)
"""What makes version n + 1 of version n; the first makes version 1 of nothing."""

SCHEMA_VERSION = len(MIGRATIONS)
TABLES = ("topic", "place", "attempt", "input", "seen")

BUSY_S = 5.0
"""How long a session waits while another one writes."""


def open_database(path: Path) -> sqlite3.Connection:
    """The database at `path`, made or migrated where it must be. Two sessions may open it at once.

    Raises:
        TutorError: the disk is full, or the file is no database or one of a newer tutor.
    """
    with disk_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        # A crash of the program loses nothing; a power failure may lose the last answers, but never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection, path)
    except sqlite3.Error as error:
        raise TutorError(f"The progress file {path} cannot be used: {error}.", "Move it away to begin anew.") from error
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two sessions may start at once: one creates, the other waits
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        connection.execute("ROLLBACK")
        raise TutorError(f"{path} was written by a newer tutor (schema {version}).", "Update tutor.")
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
