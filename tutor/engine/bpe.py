"""Byte-pair encoding: learn merges from words, and cut words with them.

Sources: Sennrich, Haddow and Birch, 2016, arXiv:1508.07909; bytes as the alphabet: Radford et al., GPT-2 (2019).
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

Pair = tuple[str, str]
Pieces = tuple[str, ...]
Ties = Literal["letters", "age", "chance"]
"""Which of equally frequent pairs is merged: the first by its letters; the one whose pieces were known first, as in the
`tokenizers` library; or any, by a seed."""

MIN_COUNT = 2
"""Training stops below it: what was seen once is no pattern."""
PRINTABLE = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
UNPRINTABLE = [byte for byte in range(256) if byte not in PRINTABLE]
LETTER_OF = {byte: chr(byte) for byte in PRINTABLE} | {byte: chr(256 + n) for n, byte in enumerate(UNPRINTABLE)}
"""GPT-2's letter for each of the 256 bytes: itself where it can be printed, else one that no text of bytes has."""
BYTE_OF = {letter: byte for byte, letter in LETTER_OF.items()}


@dataclass(frozen=True)
class Learned:
    """One merge: the pair, and how often it occurred when it was chosen."""

    pair: Pair
    count: int

    @property
    def piece(self) -> str:
        """What the pair becomes."""
        return "".join(self.pair)


def letters(text: str, *, byte_level: bool = False) -> Pieces:
    """The smallest pieces of `text`: its characters, or (`byte_level`) a letter for each byte of its UTF-8."""
    return tuple(LETTER_OF[byte] for byte in text.encode("utf-8", "replace")) if byte_level else tuple(text)


def readable(piece: str) -> str:
    """A piece of byte letters as text; bytes that are only half a character as escapes (`\\xe4`)."""
    return bytes(BYTE_OF[letter] for letter in piece).decode("utf-8", "backslashreplace")


def count_words(text: str, *, pretokenize: bool = True) -> Counter[str]:
    """How often each word occurs; without `pretokenize` a word is a whole line, so that merges can cross spaces."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return Counter(text.split() if pretokenize else [line for line in lines if line])


class Trainer:
    """Learns one merge after the other from how often each word occurs."""

    def __init__(
        self, words: Mapping[str, int], *, byte_level: bool = False, ties: Ties = "letters", seed: int = 0
    ) -> None:
        self.words = [list(letters(word, byte_level=byte_level)) for word in words]
        """The pieces of every word so far."""
        self.counts = list(words.values())
        """How often each of `words` occurs."""
        alphabet = {letter for word in self.words for letter in word}
        self.vocabulary = sorted(alphabet | set(LETTER_OF.values()) if byte_level else alphabet)
        """Every piece that is known, the oldest first."""
        self.pairs: Counter[Pair] = Counter()
        """How often each pair of neighbours occurs."""
        self.learned: list[Learned] = []
        self._age = {piece: age for age, piece in enumerate(self.vocabulary)}
        self._ties, self._random = ties, random.Random(seed)
        self._where: defaultdict[Pair, set[int]] = defaultdict(set)
        self._order: dict[Pair, Any] = {}
        self._heap: list[tuple[int, Any, Pair]] = []
        for number in range(len(self.words)):
            self._count(number, 1)
        self._offer(self.pairs)

    def candidates(self) -> list[tuple[Pair, int]]:
        """All pairs with their counts, in the order in which they would be chosen."""
        return sorted(self.pairs.items(), key=lambda item: (-item[1], self._order[item[0]]))

    def merge(self) -> Learned | None:
        """Learn the next merge and apply it to every word; None when no pair occurs twice."""
        pair = self._best()
        if pair is None:
            return None
        found = Learned(pair, self.pairs[pair])
        self.learned.append(found)
        if found.piece not in self._age:
            self._age[found.piece] = len(self.vocabulary)
            self.vocabulary.append(found.piece)
        self._apply(pair)
        return found

    def train(self, merges: int) -> list[Learned]:
        """Learn up to `merges` merges."""
        while len(self.learned) < merges and self.merge():
            pass
        return self.learned

    def tokens(self) -> int:
        """Pieces of the whole text so far."""
        return sum(count * len(word) for word, count in zip(self.words, self.counts, strict=True))

    def _best(self) -> Pair | None:
        """The next pair; entries of the heap whose count has changed since are stale."""
        while self._heap:
            negative, _, pair = self._heap[0]
            if -negative == self.pairs.get(pair):
                return pair if -negative >= MIN_COUNT else None
            heapq.heappop(self._heap)
        return None

    def _apply(self, pair: Pair) -> None:
        changed: set[Pair] = set()
        for number in sorted(self._where[pair]):
            changed |= self._count(number, -1)
            self.words[number] = join(self.words[number], pair)
            changed |= self._count(number, 1)
        self._offer(changed)

    def _count(self, number: int, sign: int) -> set[Pair]:
        """Add the pairs of a word, or take them away."""
        found = set(pairwise(self.words[number]))
        for pair in pairwise(self.words[number]):
            self.pairs[pair] += sign * self.counts[number]
        for pair in found:
            (self._where[pair].add if sign > 0 else self._where[pair].discard)(number)
            if not self.pairs[pair]:
                del self.pairs[pair]
        return found

    def _offer(self, pairs: Iterable[Pair]) -> None:
        for pair in sorted(pairs):  # a set has no order of its own, and chance must repeat
            if pair in self.pairs:
                order = self._order.setdefault(pair, self._order_of(pair))
                heapq.heappush(self._heap, (-self.pairs[pair], order, pair))

    def _order_of(self, pair: Pair) -> Any:
        if self._ties == "age":
            return self._age[pair[0]], self._age[pair[1]]
        return self._random.random() if self._ties == "chance" else pair


def join(pieces: Sequence[str], pair: Pair) -> list[str]:
    """`pieces` with every occurrence of `pair` glued together, from left to right."""
    joined: list[str] = []
    place = 0
    while place < len(pieces):
        if tuple(pieces[place : place + 2]) == pair:
            joined.append(pieces[place] + pieces[place + 1])
            place += 2
        else:
            joined.append(pieces[place])
            place += 1
    return joined


def encode_steps(pieces: Sequence[str], ranks: Mapping[Pair, int]) -> list[tuple[Pair, list[str]]]:
    """Every merge that applies, the earliest learned first, each with the pieces after it."""
    steps: list[tuple[Pair, list[str]]] = []
    now = list(pieces)
    while known := [pair for pair in pairwise(now) if pair in ranks]:
        pair = min(known, key=ranks.__getitem__)
        now = join(now, pair)
        steps.append((pair, now))
    return steps


def encode(pieces: Sequence[str], ranks: Mapping[Pair, int]) -> list[str]:
    """The pieces of a word after all merges that apply."""
    steps = encode_steps(pieces, ranks)
    return steps[-1][1] if steps else list(pieces)


def ranks_of(learned: Iterable[Learned]) -> dict[Pair, int]:
    """The place of each merge in the order of learning."""
    return {merge.pair: rank for rank, merge in enumerate(learned)}
