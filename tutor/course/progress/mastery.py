"""How much of each objective of a lesson is mastered, from recorded answers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mastery:
    """How many checks of an objective were right when last answered, of all that the lesson has for it."""

    right: int
    checks: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing in the lesson tests the objective."""
        return self.right / self.checks if self.checks else None


def mastery(
    objectives: int, checks: Sequence[tuple[str, int | None]], latest: Mapping[str, bool]
) -> tuple[Mastery, ...]:
    """The mastery of each of a lesson's objectives, in their order.

    Args:
        objectives: how many the lesson has.
        checks: id and objective (counted from 1) of each check in the lesson.
        latest: whether the last answer to a check was right; checks that were never tried are absent.
    """
    of = [[check for check, objective in checks if objective == number] for number in range(1, objectives + 1)]
    return tuple(Mastery(sum(latest.get(check, False) for check in ids), len(ids)) for ids in of)
