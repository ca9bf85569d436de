"""What tasks are made of: conditions on numbers and words, and things to compute from them.

Each is written twice, as Python that a solution holds and as a function that says what is right, so that neither can
hide a mistake of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ARGUMENT = {"n": "numbers", "w": "words"}
"""What a list of such values is called, by the variable of one."""

VALUES: dict[str, list[list[Any]]] = {
    "n": [[3, 8, -4, 10, 15, 0], [20, 21, 7, 9, 11, 100, 5], [-7, -2, 30, 6, 17, 2, 6], [12, 25, 4, 1, 27]],
    "w": [
        ["apple", "Sky", "level", "oranges", "x9"],
        ["tree", "NOON", "ice", "busses", "a", "banana"],
        ["Otto", "radar", "glass", "Egg", "route66", "Egg"],
        ["moss", "UP", "seven7", "ideas", "kayak"],
    ],
}
"""Inputs of the tests. They hold the values at which near misses differ from what was asked."""


@dataclass(frozen=True)
class Condition:
    """Something that is true of a value or not."""

    variable: str
    """`n` for a number, `w` for a word."""
    slug: str
    """For names of functions: `keep_even`."""
    says: str
    """In the plural, after `that`: `are even`."""
    code: str
    wrong: str
    """A near miss."""
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Computed:
    """Something to compute from a value."""

    variable: str
    slug: str
    says: str
    """After `the`, of one value: `square`."""
    code: str
    wrong: str
    value: Callable[[Any], Any]


CONDITIONS = (
    Condition("n", "even", "are even", "n % 2 == 0", "n % 2 == 1", lambda n: not n & 1),
    Condition("n", "odd", "are odd", "n % 2 == 1", "n % 2 == 0", lambda n: bool(n & 1)),
    Condition("n", "positive", "are greater than zero", "n > 0", "n >= 0", lambda n: n not in (0, -abs(n))),
    Condition("n", "negative", "are less than zero", "n < 0", "n > 0", lambda n: str(n).startswith("-")),
    Condition("n", "above_ten", "are greater than 10", "n > 10", "n >= 10", lambda n: n - 10 >= 1),
    Condition("n", "at_most_ten", "are at most 10", "n <= 10", "n < 10", lambda n: n - 10 < 1),
    Condition("n", "multiple_of_three", "are divisible by 3", "n % 3 == 0", "n % 3 != 0", lambda n: n // 3 * 3 == n),
    Condition("n", "multiple_of_five", "are divisible by 5", "n % 5 == 0", "n // 5 == 0",
              lambda n: str(n)[-1] in "05"),
    Condition("n", "two_digits", "have two digits", "10 <= abs(n) <= 99", "10 < abs(n) < 99",
              lambda n: _digits(n) == 2),
    Condition("w", "long", "have more than four letters", "len(w) > 4", "len(w) >= 4", lambda w: w[4:] != ""),
    Condition("w", "short", "have at most three letters", "len(w) <= 3", "len(w) < 3", lambda w: w[3:] == ""),
    Condition("w", "palindrome", "read the same backwards", "w == w[::-1]", "w[0] == w[-1]", lambda w: _mirrored(w)),
    Condition("w", "upper", "are all upper case", "w.isupper()", "w.islower()", lambda w: w == w.upper()),
    Condition("w", "ending_in_s", 'end with "s"', 'w.endswith("s")', '"s" in w', lambda w: w[-1:] == "s"),
    Condition("w", "starting_with_vowel", "start with a vowel", 'w[0].lower() in "aeiou"', 'w[-1].lower() in "aeiou"',
              lambda w: w[:1] in set("aeiouAEIOU")),
    Condition("w", "with_digit", "contain a digit", "any(c.isdigit() for c in w)", "w.isdigit()",
              lambda w: bool(set(w) & set("0123456789"))),
)  # fmt: skip

COMPUTED = (
    Computed("n", "square", "square", "n * n", "n * 2", lambda n: n**2),
    Computed("n", "cube", "cube", "n ** 3", "n * 3", lambda n: n * n * n),
    Computed("n", "half", "half, rounded down", "n // 2", "n / 2", lambda n: n >> 1),
    Computed("n", "absolute", "absolute value", "abs(n)", "-n", lambda n: max(n, -n)),
    Computed("n", "last_digit", "last digit", "abs(n) % 10", "abs(n) // 10", lambda n: int(str(n)[-1])),
    Computed("n", "distance_to_ten", "distance to 10", "abs(n - 10)", "n - 10", lambda n: max(n, 10) - min(n, 10)),
    Computed("n", "digit_count", "number of digits", "len(str(abs(n)))", "abs(n)", lambda n: _digits(n)),
    Computed("w", "length", "length", "len(w)", "len(w) - 1", lambda w: sum(1 for _ in w)),
    Computed("w", "last_letter", "last letter", "w[-1]", "w[0]", lambda w: list(w).pop()),
    Computed("w", "reverse", "reverse", "w[::-1]", "w[1:]", lambda w: "".join(reversed(w))),
    Computed("w", "upper", "upper-case form", "w.upper()", "w.lower()", lambda w: "".join(c.upper() for c in w)),
    Computed("w", "vowels", "number of vowels", 'sum(c in "aeiouAEIOU" for c in w)', "len(w)",
             lambda w: len([c for c in w.lower() if c in "aeiou"])),
    Computed("w", "twice", "word written twice", "w * 2", "w", lambda w: f"{w}{w}"),
)  # fmt: skip


def _digits(n: int) -> int:
    return len(str(n).lstrip("-"))


def _mirrored(word: str) -> bool:
    return all(word[i] == word[len(word) - 1 - i] for i in range(len(word) // 2))
