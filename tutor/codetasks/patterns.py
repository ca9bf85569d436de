"""Families of tasks: patterns such as `keep what …` or `count what …`, each to be filled with an atom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any


@dataclass(frozen=True)
class Pattern:
    """A way to treat a list.

    In the templates `{a}` is the list, `{v}` one value, `{x}` the atom's code and `{says}` the atom in words.
    """

    family: str
    asks: tuple[str, ...]
    """What the function shall return, in several wordings, after a verb such as `returns`."""
    code: str
    """The body of the solution."""
    wrong: str
    """A body that misses it."""
    right: Callable[[list[Any], Callable[[Any], Any]], Any]
    """What it must return, from the list and the atom's own function."""
    only: str = ""
    """The variable of the only kind of values it makes sense for; '' for all."""


def _first(values: list[Any], holds: Callable[[Any], Any]) -> Any:
    return next(filter(holds, values), None)


def _where(values: list[Any], holds: Callable[[Any], Any]) -> int:
    return [*map(bool, map(holds, values)), True].index(True) if any(map(holds, values)) else -1


CONDITIONAL = (
    Pattern(
        "keep",
        ("a list of the {a} that {says}", "only those {a} that {says}, in their order"),
        "return [{v} for {v} in {a} if {x}]",
        "return [{v} for {v} in {a} if not ({x})]",
        lambda values, holds: list(filter(holds, values)),
    ),
    Pattern(
        "drop",
        ("the {a} without those that {says}", "a copy of {a} from which all that {says} are left out"),
        "return [{v} for {v} in {a} if not ({x})]",
        "return [{v} for {v} in {a} if {x}]",
        lambda values, holds: [value for value in values if holds(value) is False],
    ),
    Pattern(
        "count",
        ("how many of the {a} {says}", "the number of {a} that {says}"),
        "return sum(1 for {v} in {a} if {x})",
        "return len({a}) - sum(1 for {v} in {a} if {x})",
        lambda values, holds: len(list(filter(holds, values))),
    ),
    Pattern(
        "total",
        ("the sum of the {a} that {says}", "what those {a} that {says} add up to"),
        "return sum({v} for {v} in {a} if {x})",
        "return sum(1 for {v} in {a} if {x})",
        lambda values, holds: sum(filter(holds, values)),
        only="n",
    ),
    Pattern(
        "any",
        ("True if there are {a} that {says}, else False", "whether at least one of the {a} is among those that {says}"),
        "return any({x} for {v} in {a})",
        "return all({x} for {v} in {a})",
        lambda values, holds: len(list(filter(holds, values))) > 0,
    ),
    Pattern(
        "all",
        ("True if all {a} {says}, else False", "whether all of the {a} {says}"),
        "return all({x} for {v} in {a})",
        "return any({x} for {v} in {a})",
        lambda values, holds: len(list(filter(holds, values))) == len(values),
    ),
    Pattern(
        "first",
        ("the first of the {a} that {says}, or None if there is none",
         "whichever comes first among the {a} that {says}, or None"),
        "for {v} in {a}:\n    if {x}:\n        return {v}\nreturn None",
        "found = None\nfor {v} in {a}:\n    if {x}:\n        found = {v}\nreturn found",
        _first,
    ),
    Pattern(
        "position",
        ("the index of the first of the {a} that {says}, or -1", "at which index {a} that {says} first appear, or -1"),
        "for i, {v} in enumerate({a}):\n    if {x}:\n        return i\nreturn -1",
        "for i, {v} in enumerate({a}):\n    if {x}:\n        return i + 1\nreturn -1",
        _where,
    ),
    Pattern(
        "split",
        ("two lists: the {a} that {says}, and all others", "a pair of lists, first the {a} that {says}, then the rest"),
        "yes = [{v} for {v} in {a} if {x}]\nno = [{v} for {v} in {a} if not ({x})]\nreturn yes, no",
        "yes = [{v} for {v} in {a} if {x}]\nno = [{v} for {v} in {a} if not ({x})]\nreturn no, yes",
        lambda values, holds: ([*filter(holds, values)], [value for value in values if not holds(value)]),
    ),
    Pattern(
        "leading",
        ("the {a} from the start of the list as long as they {says}", "all {a} before the first of which it is wrong "
         "that they {says}"),
        "taken = []\nfor {v} in {a}:\n    if not ({x}):\n        break\n    taken.append({v})\nreturn taken",
        "taken = []\nfor {v} in {a}:\n    if {x}:\n        taken.append({v})\nreturn taken",
        lambda values, holds: list(takewhile(holds, values)),
    ),
)  # fmt: skip

MAPPING = (
    Pattern(
        "each",
        ("a list with the {says} of each of the {a}", "the {says} of every item of {a}, as a list"),
        "return [{x} for {v} in {a}]",
        "return [{x} for {v} in {a}[1:]]",
        lambda values, value: list(map(value, values)),
    ),
    Pattern(
        "table",
        ("a dictionary from each of the {a} to its {says}", "a dict whose keys are the {a} and whose values are the "
         "{says} of each"),
        "return {{{v}: {x} for {v} in {a}}}",
        "return {{{x}: {v} for {v} in {a}}}",
        lambda values, value: dict(zip(values, map(value, values), strict=True)),
    ),
    Pattern(
        "sum_of",
        ("the sum of the {says} of each of the {a}", "what the {says} of all {a} add up to"),
        "return sum({x} for {v} in {a})",
        "return sum({a})",
        lambda values, value: sum(map(value, values)),
        only="n",
    ),
    Pattern(
        "distinct",
        ("how many different values the {says} of the {a} takes", "the number of distinct results of taking the {says} "
         "of each of the {a}"),
        "return len({{{x} for {v} in {a}}})",
        "return len([{x} for {v} in {a}])",
        lambda values, value: sum(1 for i, each in enumerate(values) if value(each) not in map(value, values[:i])),
    ),
    Pattern(
        "pair",
        ("a list of pairs: each of the {a} with its {says}", "tuples of each item of {a} and its {says}, in order"),
        "return [({v}, {x}) for {v} in {a}]",
        "return [({x}, {v}) for {v} in {a}]",
        lambda values, value: list(zip(values, map(value, values), strict=True)),
    ),
    Pattern(
        "sort_by",
        ("the {a} sorted by the {says}, smallest first", "a sorted copy of {a}, ordered by the {says} of each"),
        "return sorted({a}, key=lambda {v}: {x})",
        "return sorted({a}, key=lambda {v}: {x}, reverse=True)",
        lambda values, value: [values[i] for _, i in sorted((value(each), i) for i, each in enumerate(values))],
    ),
    Pattern(
        "largest_by",
        ("the one of the {a} with the largest {says}", "that item of {a} whose {says} is largest"),
        "return max({a}, key=lambda {v}: {x})",
        "return min({a}, key=lambda {v}: {x})",
        lambda values, value: sorted(values, key=value, reverse=True)[0],
    ),
)  # fmt: skip
