"""One answer to one check of a lesson."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("predict", "quiz", "fact", "bug", "exercise")


@dataclass(frozen=True)
class Attempt:
    """What a learner answered.

    Raises:
        ValueError: a field is outside its range.
    """

    topic: str
    check: str
    """The check's id, which stays the same when the lesson is corrected; unique within the topic."""
    kind: str
    """One of `KINDS`."""
    objective: int | None
    """Which of the lesson's objectives it tests, counted from 1."""
    right: bool
    score: float
    """0 to 1; for a prediction, how near it was."""
    detail: dict[str, object]
    """What was `asked`, `said` and `true`, as plain JSON."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a check of the kind {self.kind!r}; there are {', '.join(KINDS)}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score of {self.score}; it is a number from 0 to 1")
        if self.objective is not None and self.objective < 1:
            raise ValueError(f"objective {self.objective}; they count from 1")


@dataclass(frozen=True)
class Recorded(Attempt):
    """An attempt as the database keeps it."""

    made: float
    """Seconds since the epoch."""
    uid: str
    """Random; tells two attempts apart when the records of two machines are merged."""
