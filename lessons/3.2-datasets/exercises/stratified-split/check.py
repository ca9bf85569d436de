"""The split is judged by what it must hold to, row by row and category by category."""

import random
from collections import Counter
from typing import Any

from tutor.course.exercises.expect import expect, same, show

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
COURSE = {"function": 46, "argument": 29, "example": 14, "module": 6, "error": 5}
"""The categories of the course's own corpus of command-line help."""


def _rows(sizes: dict[str, int]) -> dict[str, str]:
    names = [category for category, count in sizes.items() for _ in range(count)]
    return {f"row-{number:03}": category for number, category in enumerate(names)}


def _random_sizes(seed: int) -> dict[str, int]:
    pick = random.Random(seed)
    return {category: pick.randint(1, 60) for category in ("a", "b", "c", "d")}


def _split(work: Any, rows: dict[str, str], shares: dict[str, float], seed: int) -> dict[str, list[str]]:
    got = work.stratified_split(dict(rows), dict(shares), seed)
    expect(isinstance(got, dict), f"stratified_split should return a dictionary of lists; yours returned {show(got)}.")
    same(sorted(got), sorted(shares), "the names of the splits")
    return dict(got)


def test_every_row_once(work: Any, seed: int) -> None:
    """every row is in exactly one split"""
    for sizes in (COURSE, _random_sizes(seed)):
        rows = _rows(sizes)
        placed = Counter(row for ids in _split(work, rows, SHARES, seed).values() for row in ids)
        lost = sorted(set(rows) - set(placed))
        twice = sorted(row for row, count in placed.items() if count > 1)
        expect(not lost, f"{len(lost)} of {len(rows)} rows are in no split, such as {lost[:1]}.")
        expect(not twice, f"{len(twice)} rows are in more than one place, such as {twice[:1]}.")


def test_shares_of_each_category(work: Any, seed: int) -> None:
    """each category is shared out to within less than one row"""
    halves = {"train": 0.5, "validation": 0.25, "test": 0.25}
    for sizes, shares in ((COURSE, SHARES), (_random_sizes(seed), SHARES), (_random_sizes(seed + 50), halves)):
        rows = _rows(sizes)
        for name, ids in _split(work, rows, shares, seed).items():
            counts = Counter(rows[row] for row in ids if row in rows)
            for category, size in sizes.items():
                exact = shares[name] * size
                expect(
                    abs(counts[category] - exact) < 1 - 1e-9,
                    f"{name} has {counts[category]} of the {size} rows of category {category!r}; "
                    f"its share of {shares[name]:g} is {exact:.1f}.",
                )


def test_repeatable(work: Any, seed: int) -> None:
    """the same seed gives the same split, in whatever order the rows come"""
    rows = _rows(COURSE)
    first = _split(work, rows, SHARES, seed)
    random.random()  # whatever else a program draws must not matter
    _alike(first, _split(work, rows, SHARES, seed), "A second call with the same rows and seed")
    shuffled = list(rows.items())
    random.Random(seed).shuffle(shuffled)
    _alike(first, _split(work, dict(shuffled), SHARES, seed), "The same rows in another order")


def test_seeds_differ(work: Any, seed: int) -> None:
    """another seed gives another split"""
    rows = _rows(COURSE)
    one, other = (set(_split(work, rows, SHARES, number)["test"]) for number in (seed, seed + 1))
    expect(one != other, f"Seeds {seed} and {seed + 1} gave the same test set.")


def test_not_in_order(work: Any, seed: int) -> None:
    """rows are drawn, not cut off at the end"""
    rows = _rows({"only": 100})
    test = sorted(_split(work, rows, SHARES, seed)["test"])
    expect(test != sorted(rows)[-10:] and test != sorted(rows)[:10], "The test set is one end of the sorted rows.")


def _alike(one: dict[str, list[str]], other: dict[str, list[str]], what: str) -> None:
    for name in one:
        moved = sorted(set(one[name]) ^ set(other[name]))
        expect(not moved, f"{what} gave another split: {moved[:1]} moved into or out of {name}.")
