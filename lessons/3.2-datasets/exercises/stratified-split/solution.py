"""A split that keeps the shares of the categories."""

import random


def stratified_split(categories: dict[str, str], shares: dict[str, float], seed: int) -> dict[str, list[str]]:
    """The ids of each split.

    Args:
        categories: the category of each row's id
        shares: each split's share of the rows; they add up to 1
        seed: another seed gives another split
    """
    splits: dict[str, list[str]] = {name: [] for name in shares}
    for category in sorted(set(categories.values())):
        ids = sorted(row for row, its_category in categories.items() if its_category == category)
        random.Random(f"{seed}/{category}").shuffle(ids)
        start = 0
        for name, count in _whole_counts(len(ids), shares).items():
            splits[name] += ids[start : start + count]
            start += count
    return splits


def _whole_counts(rows: int, shares: dict[str, float]) -> dict[str, int]:
    """Whole numbers near share × rows that add up to rows: the largest remainders are rounded up."""
    exact = {name: round(share * rows, 9) for name, share in shares.items()}
    counts = {name: int(count) for name, count in exact.items()}
    by_remainder = sorted(shares, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: rows - sum(counts.values())]:
        counts[name] += 1
    return counts
