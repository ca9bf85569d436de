"""The progress database: states of topics, answers to checks, and everything needed to go on where one stopped."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutor.course.progress.attempt import Attempt, Recorded
from tutor.course.progress.schema import TABLES, open_database
from tutor.errors import TutorError

STARTED = "started"
PASSED = "passed"

MOST_INPUT_BYTES = 64_000
"""Of one page's inputs, as JSON."""

ATTEMPT_COLUMNS = "topic, check_id, kind, objective, is_right, score, detail, made, uid"


@dataclass(frozen=True)
class Place:
    """Where the learner stopped: a topic and a page of it, counted from 0."""

    topic: str
    page: int


@dataclass(frozen=True)
class TopicState:
    """How far a topic is: `started` or `passed`, and since when (seconds since the epoch)."""

    state: str
    changed: float


@dataclass(frozen=True)
class Saved:
    """Everything in the database."""

    topics: dict[str, TopicState] = field(default_factory=dict)
    place: Place | None = None
    attempts: list[Recorded] = field(default_factory=list)
    inputs: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """By topic and page."""
    seen: dict[str, float] = field(default_factory=dict)


class Progress:
    """The progress database. Two sessions of one user may have it open: writes are short and wait for each other."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """Open or create the database at `path`.

        Raises:
            TutorError: the disk is full, or the file is no database or one of a newer tutor.
        """
        self.path = path
        self._now = now
        self._connection = open_database(path)

    def _run(self, statement: str, values: Iterable[object] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise TutorError(
                f"The progress file {self.path} cannot be used: {error}.",
                "Is its disk full, or does another program hold it?",
            ) from error

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:  # Ctrl-C too: a half-made change must not wait for the next commit
            self._connection.rollback()
            raise

    # Topics, and the place in them.

    def states(self) -> dict[str, str]:
        """State (`started` or `passed`) of every topic that is not new."""
        return dict(self._run("SELECT id, state FROM topic"))

    def topics(self) -> dict[str, TopicState]:
        """State and date of every topic that is not new."""
        return {topic: TopicState(*rest) for topic, *rest in self._run("SELECT id, state, changed FROM topic")}

    def start(self, topic: str) -> None:
        """Note that the learner opened `topic`; a passed topic stays passed."""
        self._run("INSERT OR IGNORE INTO topic VALUES (?, ?, ?)", (topic, STARTED, self._now()))

    def finish(self, topic: str) -> None:
        """Note that the learner came to the end of `topic`; the first time counts."""
        self._run(
            "INSERT INTO topic VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
            "SET state = excluded.state, changed = excluded.changed WHERE state <> excluded.state",
            (topic, PASSED, self._now()),
        )

    def place(self) -> Place | None:
        """Where the learner stopped, or None before the first lesson."""
        rows = self._run("SELECT topic, page FROM place")
        return Place(*rows[0]) if rows else None

    def keep_place(self, place: Place) -> None:
        """Remember where the learner is."""
        self._run("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", (place.topic, place.page))

    # Answers to checks.

    def record(self, check: Attempt) -> None:
        """Keep an answer, with the time.

        Raises:
            ValueError: its `detail` is not plain JSON.
        """
        self._insert(Recorded(**vars(check), made=self._now(), uid=uuid.uuid4().hex))

    def _insert(self, attempt: Recorded) -> None:
        facts = (attempt.topic, attempt.check, attempt.kind, attempt.objective, attempt.right, attempt.score)
        row = (*facts, _json(attempt.detail), attempt.made, attempt.uid)
        self._run(f"INSERT OR IGNORE INTO attempt ({ATTEMPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def attempts(self, topic: str | None = None) -> list[Recorded]:
        """Every answer, or those to the checks of one topic; oldest first."""
        where, values = ("WHERE topic = ?", (topic,)) if topic is not None else ("", ())
        rows = self._run(f"SELECT {ATTEMPT_COLUMNS} FROM attempt {where} ORDER BY made, rowid", values)
        return [_attempt(*row) for row in rows]

    def latest(self, topic: str) -> dict[str, bool]:
        """Whether the last answer to each check of `topic` that was tried was right."""
        return {attempt.check: attempt.right for attempt in self.attempts(topic)}

    def solved(self, topic: str) -> set[str]:
        """The checks of `topic` that were right at least once."""
        return {attempt.check for attempt in self.attempts(topic) if attempt.right}

    # Inputs, and what is shown only once.

    def keep_inputs(self, topic: str, page: int, inputs: dict[str, Any]) -> bool:
        """Remember what the learner set and typed on a page, counted from 0.

        Returns:
            False where it is more than `MOST_INPUT_BYTES`: then what was kept before stays.
        """
        text = _json(inputs)
        if len(text.encode()) > MOST_INPUT_BYTES:
            return False
        self._run("INSERT OR REPLACE INTO input VALUES (?, ?, ?)", (topic, page, text))
        return True

    def inputs(self, topic: str) -> dict[int, dict[str, Any]]:
        """What the learner set and typed in `topic`, by page."""
        rows = self._run("SELECT page, inputs FROM input WHERE topic = ?", (topic,))
        return {page: json.loads(text) for page, text in rows}

    def seen(self) -> set[str]:
        """What was shown and need not be offered again, such as `tour`."""
        return {what for (what,) in self._run("SELECT what FROM seen")}

    def keep_seen(self, what: str) -> None:
        """Note that `what` was shown, or refused."""
        self._run("INSERT OR IGNORE INTO seen VALUES (?, ?)", (what, self._now()))

    # The whole.

    def saved(self) -> Saved:
        """Everything, as it is at one moment."""
        with self._all_or_nothing():
            rows = self._run("SELECT topic, page, inputs FROM input ORDER BY topic, page")
            return Saved(
                topics=self.topics(),
                place=self.place(),
                attempts=self.attempts(),
                inputs={(topic, page): json.loads(text) for topic, page, text in rows},
                seen=dict(self._run("SELECT what, at FROM seen")),
            )

    def merge(self, other: Saved) -> int:
        """Add what `other` knows and this does not; return how many answers were new.

        Passed beats started, and the earlier date counts. Place and inputs stay as they are here.
        """
        before = self._run("SELECT count(*) FROM attempt")[0][0]
        with self._all_or_nothing():
            for topic, state in other.topics.items():
                self._merge_topic(topic, state)
            for attempt in other.attempts:
                self._insert(attempt)
            if other.place:
                self._run("INSERT OR IGNORE INTO place VALUES (1, ?, ?)", (other.place.topic, other.place.page))
            for (topic, page), inputs in other.inputs.items():
                self._run("INSERT OR IGNORE INTO input VALUES (?, ?, ?)", (topic, page, _json(inputs)))
            for what, at in other.seen.items():
                self._run("INSERT OR IGNORE INTO seen VALUES (?, ?)", (what, at))
        return int(self._run("SELECT count(*) FROM attempt")[0][0]) - int(before)

    def _merge_topic(self, topic: str, theirs: TopicState) -> None:
        known = [TopicState(*row) for row in self._run("SELECT state, changed FROM topic WHERE id = ?", (topic,))]
        best = min([*known, theirs], key=lambda one: (one.state != PASSED, one.changed))
        self._run("INSERT OR REPLACE INTO topic VALUES (?, ?, ?)", (topic, best.state, best.changed))

    def reset(self) -> Path:
        """Forget everything; return the dated copy that was made first. Other sessions see the empty database."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._now()))
        backup = self.path.with_name(f"{self.path.stem}-{stamp}-{uuid.uuid4().hex[:4]}{self.path.suffix}")
        self._run("VACUUM INTO ?", (str(backup),))
        with self._all_or_nothing():
            for table in TABLES:
                self._run(f"DELETE FROM {table}")
        return backup

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _attempt(
    topic: str, check: str, kind: str, objective: int | None, right: int, score: float, detail: str, *rest: Any
) -> Recorded:
    return Recorded(topic, check, kind, objective, bool(right), score, json.loads(detail), *rest)
