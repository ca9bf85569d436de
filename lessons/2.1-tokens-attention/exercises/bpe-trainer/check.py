"""Every merge is judged where it was made: the pairs are counted again, in another way, after the merges before it."""

import random
from typing import Any

from tutor.course.exercises.expect import expect, same, show

COURSE = {"the": 4, "cat": 2, "dog": 2, "sat": 2, "ran": 2}
MARK = "\x00"
"""Stands between pieces, so that words are plain strings here."""


def _split(word: str) -> str:
    return MARK + MARK.join(word) + MARK


def _apply(text: str, pair: tuple[str, str]) -> str:
    old, new = MARK.join(("", *pair, "")), MARK + "".join(pair) + MARK
    at = text.find(old)
    while at >= 0:
        text = text[:at] + new + text[at + len(old) :]
        at = text.find(old, at + len(new) - 1)
    return text


def _counts(texts: dict[str, int]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for text, count in texts.items():
        pieces = text.strip(MARK).split(MARK)
        for i in range(len(pieces) - 1):
            pair = pieces[i], pieces[i + 1]
            counts[pair] = counts.get(pair, 0) + count
    return counts


def _judge(words: dict[str, int], merges: int, got: Any) -> None:
    call = f"train({show(words)}, {merges})"
    expect(isinstance(got, list), f"{call} should be a list of pairs, but your code returned {show(got)}.")
    texts = {_split(word): count for word, count in words.items()}
    for number, pair in enumerate(got, start=1):
        counts = _counts(texts)
        seen = f"In {call}, merge {number} is {show(pair)}"
        expect(pair in counts, f"{seen}, but by then no such neighbours are left.")
        most = max(counts.values())
        best = min(other for other in counts if counts[other] == most)
        expect(counts[pair] == most, f"{seen}, which occurs {counts[pair]} times; {best} occurs {most} times.")
        expect(pair == best, f"{seen}; {best} occurs {most} times as well, and sorts before it.")
        expect(most >= 2, f"{seen}, but it occurs only once: training should have stopped.")
        texts = {_apply(text, pair): count for text, count in texts.items()}
    left = max(_counts(texts).values(), default=0)
    expect(len(got) <= merges, f"{call} should have at most {merges} merges; yours has {len(got)}.")
    expect(
        len(got) == merges or left < 2, f"{call} stopped after {len(got)} merges, but a pair still occurs {left} times."
    )


def _corpus(pick: random.Random, letters: str) -> dict[str, int]:
    words = {"".join(pick.choices(letters, k=pick.randint(1, 7))) for _ in range(8)}
    return {word: pick.randint(1, 5) for word in sorted(words)}


def test_first_merge(work: Any, seed: int) -> None:
    """the first merge is the most frequent pair"""
    _judge(COURSE, 1, work.train(dict(COURSE), 1))


def test_all_merges(work: Any, seed: int) -> None:
    """ten merges on the corpus of the lesson"""
    _judge(COURSE, 10, work.train(dict(COURSE), 10))


def test_random_words(work: Any, seed: int) -> None:
    """random words, with many ties"""
    pick = random.Random(seed)
    for _ in range(15):
        words = _corpus(pick, "abcd")
        _judge(words, 6, work.train(dict(words), 6))


def test_repeated_letters(work: Any, seed: int) -> None:
    """pairs that overlap, such as those in aaaa"""
    pick = random.Random(seed)
    for _ in range(10):
        words = _corpus(pick, "ab")
        _judge(words, 5, work.train(dict(words), 5))


def test_stops(work: Any, seed: int) -> None:
    """training stops when nothing occurs twice"""
    same(work.train({"abc": 1, "def": 1}, 5), [], "train({'abc': 1, 'def': 1}, 5)")
    same(work.train({"a": 9}, 5), [], "train({'a': 9}, 5)")
    same(work.train({"ab": 2}, 5), [("a", "b")], "train({'ab': 2}, 5)")
    same(work.train({"ab": 2}, 0), [], "train({'ab': 2}, 0)")


def test_order_of_words(work: Any, seed: int) -> None:
    """the order of the words does not matter, and they are left alone"""
    pick = random.Random(seed)
    words = _corpus(pick, "abc")
    backwards = dict(reversed(list(words.items())))
    one, other = work.train(words, 6), work.train(backwards, 6)
    same(other, one, "train of the same words in the opposite order")
    expect(list(backwards) == list(reversed(list(words))), "train changed the dictionary that it was given.")
