"""The few statistics that the corpus tool shows."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z95 = 1.959964
"""Of the normal distribution: 95 % lie within."""


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927); (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    share = hits / count
    spread = Z95 * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    middle = share + Z95**2 / (2 * count)
    scale = 1 + Z95**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """Cohen's κ of two raters on the same rows; 1.0 where both always say the same one thing."""
    count = len(one)
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / count
    chance = sum((list(one).count(label) / count) * (list(other).count(label) / count) for label in {*one, *other})
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def sample_size(margin: float, share: float = 0.9) -> int:
    """Rows to review for a 95 % interval of ± `margin` around an expected share."""
    return math.ceil(Z95**2 * share * (1 - share) / margin**2)


def histogram(values: Sequence[float], bins: int) -> list[tuple[float, float, int]]:
    """(from, to, count) of equal bins between the smallest and the largest value."""
    if not values:
        return []
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / width), bins - 1)] += 1
    return [(low + width * place, low + width * (place + 1), count) for place, count in enumerate(counts)]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie; the nearest one that occurs."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
