"""When a check comes up again: Leitner's boxes, a pure function of what was answered and when.

A wrong answer puts a check into the first box. A right answer to a check that is due moves it one box on; a right
answer before that changes nothing, so that answering again and again on one evening does not pass for remembering. A
check that was right at the first try goes straight into the last box. A right answer out of the last box ends its
reviews, until it is answered wrong. (S. Leitner, So lernt man lernen, 1972; the intervals are ours.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tutor.course.progress.attempt import Recorded

BOX_DAYS = (1, 3, 7, 21)
"""How long a check stays in each box."""
DAY_S = 86_400.0

NOT_REVIEWED = ("exercise",)
"""An exercise fails many times while it is written, which does not mean that it was forgotten."""


@dataclass(frozen=True)
class Due:
    """A check that is to be answered again."""

    topic: str
    check: str
    since: float
    """Seconds since the epoch."""


def review_date(history: Iterable[Recorded]) -> float | None:
    """When a check comes up again (seconds since the epoch), or None when it does not.

    Args:
        history: the answers to this one check, oldest first.
    """
    box, date = 0, None
    for number, answer in enumerate(history):
        if not answer.right:
            box = 0
        elif number == 0:
            box = len(BOX_DAYS) - 1
        elif date is not None and answer.made >= date:
            box += 1
        else:
            continue
        date = answer.made + BOX_DAYS[box] * DAY_S if box < len(BOX_DAYS) else None
    return date


def due(attempts: Iterable[Recorded], now: float) -> list[Due]:
    """The checks that are due at `now` (seconds since the epoch), the longest due first."""
    histories: dict[tuple[str, str], list[Recorded]] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.made):
        if attempt.kind not in NOT_REVIEWED:
            histories.setdefault((attempt.topic, attempt.check), []).append(attempt)
    dates = ((key, review_date(history)) for key, history in histories.items())
    found = [Due(*key, date) for key, date in dates if date is not None and date <= now]
    return sorted(found, key=lambda one: (one.since, one.topic, one.check))
