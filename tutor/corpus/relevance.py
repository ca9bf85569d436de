"""Whether a documentation belongs to its code: does it fit better than documentations drawn from elsewhere?

A rank test. A documentation that was swapped with another fits its code no better than chance, so that 19 of 20 are
found by construction; how many true ones are lost is seen in the funnel.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Set

PANEL = 100
"""Documentations to compare with."""
MAX_BETTER = 0.05
"""Share of the panel that may fit as well as the record's own documentation."""
MIN_STEMS = 3
"""Fewer words of meaning cannot be judged."""


class Panel:
    """A fixed, seeded sample of documentations, and how rare each word is among all of them."""

    def __init__(self, docs: Iterable[tuple[str, Set[str]]], seed: int) -> None:
        """`docs` are (record id, stems)."""
        everything = sorted(docs, key=lambda doc: doc[0])
        counts = Counter(stem for _, stems in everything for stem in stems)
        self._rarity = {stem: math.log((1 + len(everything)) / (1 + count)) for stem, count in counts.items()}
        self._common = math.log(1 + len(everything))
        chosen = random.Random(seed).sample(everything, min(PANEL, len(everything)))
        self._ids = [name for name, _ in chosen]
        self._holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (_, stems) in enumerate(chosen):
            length = self._length(stems)
            for stem in stems:
                self._holders[stem].append((place, self._weight(stem) / length))

    def _weight(self, stem: str) -> float:
        return float(self._rarity.get(stem, self._common) ** 2)

    def _length(self, stems: Set[str]) -> float:
        return math.sqrt(sum(self._weight(stem) for stem in stems)) or 1.0

    def better(self, name: str, doc: Set[str], code: Set[str]) -> float:
        """Share of the panel that fits `code` at least as well as `doc` does (cosine of rarity-weighted words)."""
        length = self._length(doc)
        own = sum(self._weight(stem) / length for stem in doc & code)
        scores = [0.0] * len(self._ids)
        for stem in code:
            for place, weight in self._holders.get(stem, ()):
                scores[place] += weight
        others = [score for score, holder in zip(scores, self._ids, strict=True) if holder != name]
        return sum(score >= own for score in others) / len(others) if others else 0.0

    def fault(self, name: str, kind: str, doc: Set[str], code: Set[str]) -> str:
        """Evidence that a documentation belongs to other code, or ''; modules have too little code to be judged."""
        if kind == "module" or len(doc) < MIN_STEMS:
            return ""
        share = self.better(name, doc, code)
        return f"{share:.0%} of other documentations fit this code as well" if share > MAX_BETTER else ""
