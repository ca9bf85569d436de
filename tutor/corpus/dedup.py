"""Near-duplicates among documentations: MinHash and banding find the candidates, exact Jaccard similarity decides.

Broder, "On the resemblance and containment of documents" (1997); shingles are triples of words.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 4
"""Per band. With 128 permutations in 32 bands, a pair of similarity 0.7 is missed once in 6,000."""
CROWD = 40
"""Members of one bucket that are all compared with each other; in a larger one, each with its neighbours."""
MASK = 0xFFFFFFFF

_WORDS = re.compile(r"\w+")


@lru_cache(maxsize=1 << 17)
def _word_hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def shingles(doc: str) -> list[int]:
    """Distinct 32-bit hashes of a documentation's word triples; of all its words where there are fewer than three."""
    hashes = [_word_hash(word) for word in _WORDS.findall(doc.lower())]
    if len(hashes) < 3:
        return [zlib.crc32(repr(hashes).encode())]
    triples = zip(hashes, hashes[1:], hashes[2:], strict=False)
    return sorted({(a * 0x9E3779B1 + b * 0x85EBCA77 + c) & MASK for a, b, c in triples})


def jaccard(one: set[int], other: set[int]) -> float:
    """Shared shingles over all shingles of both, in [0, 1]."""
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def near_pairs(docs: list[str], threshold: float, permutations: int) -> list[tuple[int, int, float]]:
    """(i, j, similarity) of documentations at least `threshold` similar, i < j, in order.

    Of a group of equal ones each is paired with the first only, which is enough to know the group.
    """
    first: dict[tuple[int, ...], int] = {}
    pairs = []
    for number, doc in enumerate(docs):
        key = tuple(shingles(doc))
        if first.setdefault(key, number) != number:
            pairs.append((first[key], number, 1.0))
    distinct = list(first)
    sets = [set(key) for key in distinct]
    places = list(first.values())
    for a, b in _candidates(_signatures(distinct, permutations)):
        if (similarity := jaccard(sets[a], sets[b])) >= threshold:
            pairs.append((min(places[a], places[b]), max(places[a], places[b]), similarity))
    return sorted(pairs)


def _signatures(keys: list[tuple[int, ...]], permutations: int) -> NDArray[np.uint32]:
    """MinHash signatures `[documents, permutations]`."""
    import numpy as np
    from datasketch import MinHash

    made: list[Any] = MinHash.bulk(keys, num_perm=permutations, scheme="affine32", hashfunc=lambda value: value)
    if not made:
        return np.zeros((0, permutations), np.uint32)
    return np.stack([sketch.hashvalues for sketch in made])


def _candidates(signatures: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Pairs that agree in a band, each once."""
    import numpy as np

    seen: set[tuple[int, int]] = set()
    for start in range(0, signatures.shape[1] - ROWS + 1, ROWS):
        keys = np.zeros(len(signatures), np.uint64)
        for column in range(start, start + ROWS):
            keys = keys * np.uint64(0x9E3779B97F4A7C15) + signatures[:, column].astype(np.uint64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        edges = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])
        crowded = np.flatnonzero(np.diff(edges) > 1)
        for bucket in crowded:
            members = order[edges[bucket] : edges[bucket + 1]].tolist()
            for pair in _within(members):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _within(members: list[int]) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(members):
        for other in members[place + 1 : place + CROWD]:
            yield (one, other)


class Groups:
    """Union-find over 0 … n − 1; the smallest member names a group."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, member: int) -> int:
        """The name of a member's group."""
        while self._parent[member] != member:
            self._parent[member] = self._parent[self._parent[member]]
            member = self._parent[member]
        return member

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        a, b = self.find(one), self.find(other)
        self._parent[max(a, b)] = min(a, b)

    def members(self) -> dict[int, list[int]]:
        """Name of a group → its members in order."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in range(len(self._parent)):
            found[self.find(member)].append(member)
        return dict(found)


def leakage(docs: list[str], splits: list[str], threshold: float, permutations: int) -> list[tuple[int, int, float]]:
    """Near-duplicate pairs of which one is in training and the other is not."""
    pairs = near_pairs(docs, threshold, permutations)
    return [pair for pair in pairs if (splits[pair[0]] == "train") != (splits[pair[1]] == "train")]
