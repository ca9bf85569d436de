"""Learning the merges of a BPE tokenizer."""

from collections import Counter
from itertools import pairwise

Pair = tuple[str, str]


def train(words: dict[str, int], merges: int) -> list[Pair]:
    """The merges, in the order they were learned: at most `merges`, fewer where no pair occurs twice.

    Args:
        words: how often each word occurs in the text
        merges: how many pairs to learn at most
    """
    pieces = {word: list(word) for word in words}
    learned: list[Pair] = []
    for _ in range(merges):
        counts: Counter[Pair] = Counter()
        for word, count in words.items():
            for pair in pairwise(pieces[word]):
                counts[pair] += count
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        learned.append(best)
        pieces = {word: _merge(parts, best) for word, parts in pieces.items()}
    return learned


def _merge(parts: list[str], pair: Pair) -> list[str]:
    merged: list[str] = []
    i = 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged
