"""Criteria 31 to 37: is any category or source missing or too large?"""

from __future__ import annotations

from collections import Counter

from tutor.corpus.candidates import category
from tutor.corpus.criteria.base import Context, Criterion, Evidence, Outcome, in_band, judged, place

MIN_SOURCES = 5
MAX_SOURCE = 0.40

BANDS = {
    "function": (0.35, 0.45),
    "argument": (0.20, 0.30),
    "example": (0.15, 0.25),
    "error": (0.05, 0.15),
    "module": (0.03, 0.07),
}
"""The course's; shares of rows."""


def _in_category(context: Context, name: str) -> Outcome:
    """The share of a category, told again from the rows: a wrong label refutes as well as a wrong share."""
    labels = [category(subject) for subject in context.subjects]
    wrong = [
        Evidence(place(subject.record), f"is filed under {subject.record.category}, and is {label}")
        for subject, label in zip(context.subjects, labels, strict=True)
        if name in (subject.record.category, label) and subject.record.category != label
    ]
    if wrong:
        return judged(wrong, len(labels))
    return in_band(name, labels.count(name) / max(len(labels), 1), *BANDS[name])


def enough_sources(context: Context) -> Outcome:
    """At least five sources."""
    count = len({record.source_repo for record in context.records})
    evidence = [] if count >= MIN_SOURCES else [Evidence("sources", f"{count}, fewer than {MIN_SOURCES}")]
    return Outcome("refuted" if evidence else "held", f"{count} sources", evidence)


def no_source_dominates(context: Context) -> Outcome:
    """No source has more than 40 % of the rows."""
    counts = Counter(record.source_repo for record in context.records)
    name, count = max(counts.items(), key=lambda entry: (entry[1], entry[0]), default=("none", 0))
    return in_band(name, count / max(len(context.records), 1), 0.0, MAX_SOURCE)


def _criterion(number: int, name: str) -> Criterion:
    low, high = BANDS[name]
    title = f"{name}: {low:.0%} to {high:.0%}"
    attempt = "file every row again and count"
    return Criterion(number, "distribution", 2, title, attempt, lambda context: _in_category(context, name))


CRITERIA = (
    *(_criterion(number, name) for number, name in enumerate(BANDS, 31)),
    Criterion(36, "distribution", 2, f"{MIN_SOURCES} sources or more", "count them", enough_sources),
    Criterion(37, "distribution", 3, f"no source above {MAX_SOURCE:.0%}", "count the largest", no_source_dominates),
)
