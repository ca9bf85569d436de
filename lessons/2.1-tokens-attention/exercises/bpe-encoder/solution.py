"""Encoding a word with the merges of a BPE tokenizer."""

from itertools import pairwise

Pair = tuple[str, str]


def encode(word: str, merges: list[Pair]) -> list[str]:
    """The pieces of `word` after all merges that apply, the earliest learned first.

    Args:
        word: any text without spaces; may be empty
        merges: pairs in the order they were learned
    """
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    pieces = list(word)
    while known := [pair for pair in pairwise(pieces) if pair in ranks]:
        first = min(known, key=ranks.__getitem__)
        pieces = _merge(pieces, first)
    return pieces


def _merge(pieces: list[str], pair: Pair) -> list[str]:
    merged: list[str] = []
    for piece in pieces:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged
