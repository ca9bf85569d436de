"""Training, validation and test: stratified by category, and no cluster in two of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

from tutor.corpus.config import Split
from tutor.corpus.schema import SPLITS, Record


def assign(records: list[Record], clusters: dict[str, str], shares: Split, seed: int) -> dict[str, str]:
    """Record id → split. Whole clusters go where their categories are most wanted; the seed breaks ties.

    Args:
        clusters: record id → name of its cluster.
    """
    wanted = dict(zip(SPLITS, (shares.train, shares.validation, shares.test), strict=True))
    totals = Counter(record.category for record in records)
    goals = {(split, name): share * totals[name] for split, share in wanted.items() for name in totals}
    given: Counter[tuple[str, str]] = Counter()
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[clusters[record.id]].append(record)
    found: dict[str, str] = {}
    # The largest first: they fit worst.
    for name in sorted(groups, key=lambda name: (-len(groups[name]), _draw(name, seed))):
        counts = Counter(record.category for record in groups[name])
        best = max(SPLITS, key=lambda split: _want(split, counts, goals, given))
        for category, count in counts.items():
            given[best, category] += count
        found |= {record.id: best for record in groups[name]}
    return found


def at_random(records: list[Record], shares: Split, seed: int) -> dict[str, str]:
    """Record id → split, drawn record by record: what the grouped split is compared with."""
    order = sorted(records, key=lambda record: _draw(record.id, seed))
    edges = (round(shares.train * len(order)), round((shares.train + shares.validation) * len(order)))
    return {record.id: SPLITS[(place >= edges[0]) + (place >= edges[1])] for place, record in enumerate(order)}


def _draw(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def _want(
    split: str, counts: Counter[str], goals: dict[tuple[str, str], float], given: Counter[tuple[str, str]]
) -> float:
    """How far a split is from what it should have of these categories, less what it would have too much."""
    want = 0.0
    for category, count in counts.items():
        goal = goals[split, category]
        if goal > 0:
            missing, surplus = goal - given[split, category], given[split, category] + count - goal
            want += count * (missing - max(0.0, surplus)) / goal
    return want
