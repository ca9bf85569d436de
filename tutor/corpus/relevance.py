"""Whether a documentation belongs to its code: does it fit better than documentations drawn from elsewhere?

A rank test. A documentation that was swapped with another fits its code no better than chance, so that most are
found by construction. How many, the card of each corpus says; how many true ones are lost is seen in the funnel.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass

from tutor.corpus.schema import Record

PANEL = 100
"""Documentations to compare with."""
MAX_BETTER = 0.04
"""Share of the panel that may fit as well as the record's own documentation."""
FEW = 500
"""Among fewer documentations than this, all are of one subject and fit each other's code to some degree …"""
MAX_BETTER_OF_FEW = 0.25
"""… so that this share may fit as well."""
MIN_STEMS = 3
"""Fewer words of meaning cannot be judged."""


@dataclass(frozen=True, slots=True)
class Doc:
    """A documentation, as far as the test needs it."""

    place: str
    """Source and file: documentations of one file are alike for good reasons, and are not compared."""
    kind: str
    stems: Set[str]
    code: Set[str]
    """Stems of the code it stands on."""


def of_record(record: Record, stems: Set[str], code: Set[str]) -> Doc:
    """The documentation of a record whose words are known."""
    return Doc(f"{record.source_repo} {record.source_file}", record.kind, stems, code)


class Panel:
    """A seeded sample of documentations, and how rare each word is among all of them.

    Weights are whole numbers: their sums do not depend on the order of a set.
    """

    def __init__(self, docs: Iterable[tuple[str, Doc]], seed: int) -> None:
        """`docs` are (record id, documentation)."""
        everything = [doc for _, doc in sorted(docs, key=lambda entry: entry[0])]
        counts = Counter(stem for doc in everything for stem in doc.stems)
        self._rarity = {stem: _weight(len(everything), count) for stem, count in counts.items()}
        self._unseen = _weight(len(everything), 0)
        self._limit = MAX_BETTER if len(everything) >= FEW else MAX_BETTER_OF_FEW
        self._docs = random.Random(seed).sample(everything, min(PANEL, len(everything)))
        self._lengths = [self._length(doc.stems) for doc in self._docs]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for number, doc in enumerate(self._docs):
            for stem in doc.stems:
                self._holders[stem].append(number)

    def _length(self, stems: Set[str]) -> float:
        return math.sqrt(sum(self._rarity.get(stem, self._unseen) for stem in stems)) or 1.0

    def better(self, doc: Doc) -> float:
        """Share of the panel that fits the code at least as well as `doc` does (cosine of rarity-weighted words)."""
        own = sum(self._rarity.get(stem, self._unseen) for stem in doc.stems & doc.code) / self._length(doc.stems)
        scores = [0] * len(self._docs)
        for stem in doc.code:
            for number in self._holders.get(stem, ()):
                scores[number] += self._rarity[stem]
        others = [
            score / length
            for score, length, other in zip(scores, self._lengths, self._docs, strict=True)
            if other.place != doc.place
        ]
        return sum(score >= own for score in others) / len(others) if others else 0.0

    def fault(self, doc: Doc) -> str:
        """Evidence that a documentation belongs to other code, or ''; modules have too little code to be judged."""
        if doc.kind == "module" or len(doc.stems) < MIN_STEMS:
            return ""
        share = self.better(doc)
        return f"{share:.0%} of other documentations fit this code as well" if share > self._limit else ""


def _weight(documents: int, count: int) -> int:
    return round(1000 * math.log((1 + documents) / (1 + count)) ** 2)
