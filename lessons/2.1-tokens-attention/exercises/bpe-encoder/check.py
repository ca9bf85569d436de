"""The `tokenizers` library encodes the same words with the same merges."""

import random
from typing import Any

from tokenizers import Tokenizer, models

from tutor.course.exercises.expect import expect, same, show

LETTERS = "abcde"


def _merges(pick: random.Random, count: int) -> list[tuple[str, str]]:
    """Merges such as training learns them: of letters and of what earlier merges made, each result new."""
    pieces, merges = list(LETTERS), []
    while len(merges) < count:
        left, right = pick.choice(pieces), pick.choice(pieces)
        if left + right not in pieces and len(left + right) <= 5:
            merges.append((left, right))
            pieces.append(left + right)
    return merges


def _library(merges: list[tuple[str, str]]) -> Tokenizer:
    pieces = [*LETTERS, *(left + right for left, right in merges)]
    return Tokenizer(models.BPE(vocab={piece: number for number, piece in enumerate(pieces)}, merges=merges))


def test_no_merges(work: Any, seed: int) -> None:
    """without merges, a word is its letters"""
    same(work.encode("bad", []), ["b", "a", "d"], "encode('bad', [])")
    same(work.encode("", []), [], "encode('', [])")


def test_order_of_learning(work: Any, seed: int) -> None:
    """the pair learned first wins, not the one further left"""
    merges = [("b", "c"), ("a", "b")]
    same(work.encode("abc", merges), ["a", "bc"], f"encode('abc', {merges})")
    same(work.encode("abd", merges), ["ab", "d"], f"encode('abd', {merges})")


def test_merges_of_merges(work: Any, seed: int) -> None:
    """what was merged is merged further, but only as it was learned"""
    merges = [("a", "b"), ("c", "d"), ("ab", "cd")]
    same(work.encode("abcd", merges), ["abcd"], f"encode('abcd', {merges})")
    same(work.encode("bcdab", merges), ["b", "cd", "ab"], f"encode('bcdab', {merges})")


def test_repeated_letters(work: Any, seed: int) -> None:
    """overlapping pairs merge from left to right"""
    same(work.encode("aaaaa", [("a", "a")]), ["aa", "aa", "a"], "encode('aaaaa', [('a', 'a')])")


def test_unseen_letters(work: Any, seed: int) -> None:
    """letters that training never saw stay as they are"""
    same(work.encode("añb🙂ab", [("a", "b")]), ["a", "ñ", "b", "🙂", "ab"], "encode('añb🙂ab', [('a', 'b')])")


def test_against_the_library(work: Any, seed: int) -> None:
    """random words come out as in the tokenizers library"""
    pick = random.Random(seed)
    for _ in range(10):
        merges = _merges(pick, 12)
        library = _library(merges)
        for _ in range(20):
            word = "".join(pick.choices(LETTERS, k=pick.randint(1, 12)))
            got = work.encode(word, list(merges))
            same(got, library.encode(word).tokens, f"encode({word!r}, {show(merges)})")
            expect("".join(got) == word, f"The pieces {show(got)} do not add up to {word!r}.")
