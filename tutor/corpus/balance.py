"""Choosing records so that categories and sources have their shares."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from tutor.corpus.config import Balance
from tutor.corpus.schema import Record

Shares = dict[str, tuple[float, float, float]]
"""Category → lowest, wanted and highest share."""


def choose(records: list[Record], balance: Balance) -> set[int]:
    """Indices of the largest set that keeps every share, made of the best records.

    A share that no choice can keep (a category is missing, there are too few sources) is not asked for; criteria 31 to
    37 find out.
    """
    by_category: dict[str, list[int]] = defaultdict(list)
    for place in sorted(range(len(records)), key=lambda place: (-records[place].quality_score, records[place].id)):
        by_category[records[place].category].append(place)
    available = {name: len(found) for name, found in by_category.items()}
    shares = _reachable(available, balance)
    sources = len({record.source_repo for record in records})
    most = balance.source_share if sources * balance.source_share >= 1 else 1.0
    lowest = [available[name] / share[0] for name, share in shares.items() if share[0]]
    size = int(min([len(records), balance.max_records or len(records), *lowest]))
    # The size falls until what can be had of it keeps the shares: a few dozen steps.
    while size > 0:
        chosen = _take(records, by_category, _quotas(available, size, shares), math.floor(most * size))
        if _keeps([records[place] for place in chosen], most, shares):
            return chosen
        size = min(size - 1, int(size * 0.98))
    return set(range(len(records)))


def _reachable(available: dict[str, int], balance: Balance) -> Shares:
    """The shares of the categories that there are, widened where these could not fill a corpus."""
    known = {name: balance.shares[name] for name in sorted(available) if name in balance.shares}
    full = min(sum(high for _, _, high in known.values()), 1.0) or 1.0
    return {name: (low / full, wanted / full, high / full) for name, (low, wanted, high) in known.items()}


def _keeps(chosen: list[Record], most: float, shares: Shares) -> bool:
    count = len(chosen)
    categories = Counter(record.category for record in chosen)
    sources = Counter(record.source_repo for record in chosen)
    if not count or max(sources.values()) > most * count:
        return False
    slack = 1e-9  # shares that were widened to 1 may miss it by rounding
    return all(low - slack <= categories[name] / count <= high + slack for name, (low, _, high) in shares.items())


def _quotas(available: dict[str, int], size: int, shares: Shares) -> dict[str, int]:
    """Records per category: the wanted shares, and what one lacks given to others up to their highest share."""
    quotas = {name: min(available[name], math.floor(wanted * size)) for name, (_, wanted, _) in shares.items()}
    for name, (_, _, high) in shares.items():
        room = min(math.floor(high * size), available[name]) - quotas[name]
        quotas[name] += max(0, min(size - sum(quotas.values()), room))
    return quotas


def _take(records: list[Record], by_category: dict[str, list[int]], wanted: dict[str, int], most: int) -> set[int]:
    """The best records of each category, the rarest category first, none of a source that has given its most."""
    given: Counter[str] = Counter()
    chosen: set[int] = set()
    for name in sorted(wanted, key=lambda name: (len(by_category[name]), name)):
        taken = 0
        for place in by_category[name]:
            if taken == wanted[name]:
                break
            if given[records[place].source_repo] < max(most, 1):
                given[records[place].source_repo] += 1
                chosen.add(place)
                taken += 1
    return chosen
