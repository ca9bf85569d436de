"""Choosing records so that categories and sources have their shares."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from tutor.corpus.config import Balance
from tutor.corpus.schema import Record


def choose(records: list[Record], balance: Balance) -> set[int]:
    """Indices of the largest set that keeps every share, made of the best records.

    A share that no choice can keep (a category is missing, there are too few sources) is not asked for; criteria 31 to
    37 find out.
    """
    by_category: dict[str, list[int]] = defaultdict(list)
    for place in sorted(range(len(records)), key=lambda place: (-records[place].quality_score, records[place].id)):
        by_category[records[place].category].append(place)
    available = {name: len(found) for name, found in by_category.items()}
    sources = len({record.source_repo for record in records})
    share = balance.source_share if sources * balance.source_share >= 1 else 1.0
    lowest = [available[name] / balance.shares[name][0] for name in available if balance.shares[name][0]]
    size = int(min([len(records), balance.max_records or len(records), *lowest]))
    # The size falls until what can be had of it keeps the shares: a few dozen steps.
    while size > 0:
        chosen = _take(records, by_category, _quotas(available, size, balance), math.floor(share * size))
        if _keeps([records[place] for place in chosen], available, share, balance):
            return chosen
        size = min(size - 1, int(size * 0.98))
    return set(range(len(records)))


def _keeps(chosen: list[Record], available: dict[str, int], source_share: float, balance: Balance) -> bool:
    categories = Counter(record.category for record in chosen)
    sources = Counter(record.source_repo for record in chosen)
    count = len(chosen)
    shares = (
        [(categories[name] / count, *balance.shares[name]) for name in available] if count else [(0.0, 1.0, 1.0, 1.0)]
    )
    # A category that is all there is cannot keep a highest share.
    fits = all(low <= share and (share <= high or len(available) == 1) for share, low, _, high in shares)
    return fits and max(sources.values()) <= source_share * count


def _quotas(available: dict[str, int], size: int, balance: Balance) -> dict[str, int]:
    """Records per category: the wanted shares, with what one lacks given to others up to their highest share."""
    shares = {name: balance.shares[name] for name in sorted(available) if name in balance.shares}
    quotas = {name: min(available[name], math.floor(share[1] * size)) for name, share in shares.items()}
    for limit in (1, 2):
        for name, share in shares.items():
            room = math.floor(share[2] * size) if limit == 1 else quotas[name]
            spare = size - sum(quotas.values())
            quotas[name] += max(0, min(spare, room - quotas[name], available[name] - quotas[name]))
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
