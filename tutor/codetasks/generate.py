"""The set of tasks: patterns filled with atoms, and singles; asked in varied words, answered rightly and wrongly."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

from tutor.codetasks.atoms import ARGUMENT, COMPUTED, CONDITIONS, VALUES, Computed, Condition
from tutor.codetasks.patterns import CONDITIONAL, MAPPING, Pattern
from tutor.codetasks.singles import SINGLES, Single
from tutor.codetasks.task import CodeTask
from tutor.codetasks.trying import first_failure

ASKING = (
    "Write a Python function {signature} that returns {what}.",
    "Define {signature}. It returns {what}.",
    "I need a function {signature}: it should return {what}.",
    "Implement {signature} so that it returns {what}.",
    "Please write {signature}, which returns {what}.",
)
PLAIN_ORDER = ("square", "half", "twice", "upper", "cube")
"""Sorting by these says little more than sorting: they make no task of `sort_by` and `largest_by`."""


def all_tasks() -> list[CodeTask]:
    """Every task, always the same, in an order of no meaning."""
    tasks = [*_filled(CONDITIONAL, CONDITIONS), *_filled(MAPPING, COMPUTED), *map(_of_single, SINGLES)]
    random.Random(0).shuffle(tasks)
    return tasks


def _filled(patterns: Iterable[Pattern], atoms: Iterable[Condition | Computed]) -> Iterator[CodeTask]:
    for pattern in patterns:
        for atom in atoms:
            pointless = pattern.family.endswith("_by") and atom.slug in PLAIN_ORDER
            if pattern.only in ("", atom.variable) and not pointless:
                yield _of_pattern(pattern, atom)


def _of_pattern(pattern: Pattern, atom: Condition | Computed) -> CodeTask:
    chance = random.Random(f"{pattern.family} {atom.slug}")
    name, argument = f"{pattern.family}_{atom.slug}", ARGUMENT[atom.variable]
    signature = f"{name}({argument})"
    fill = {"a": argument, "v": atom.variable, "says": atom.says}
    what = chance.choice(pattern.asks).format(**fill)
    right = pattern.code.format(x=atom.code, **fill)
    wrong = [pattern.wrong.format(x=atom.code, **fill), pattern.code.format(x=atom.wrong, **fill)]
    chance.shuffle(wrong)
    question = _ask(chance, signature, what)
    # What is right for another question teaches to read this one; near misses alone would only ban some words.
    other = chance.choice([each for each in (*CONDITIONS, *COMPUTED) if each is not atom and _alike(each, atom)])
    wrong.insert(chance.randrange(3), pattern.code.format(x=other.code, **fill))
    meaning = atom.holds if isinstance(atom, Condition) else atom.value
    tests = [_test(name, repr(values), pattern.right(list(values), meaning)) for values in VALUES[atom.variable]]
    return _task(name, pattern.family, question, signature, right, wrong, tests)


def _alike(one: Condition | Computed, other: Condition | Computed) -> bool:
    return type(one) is type(other) and one.variable == other.variable


def _of_single(single: Single) -> CodeTask:
    name = single.signature.partition("(")[0]
    chance = random.Random(name)
    tests = [_test(name, call, single.right(*eval(f"({call},)"))) for call in single.calls]
    question = _ask(chance, single.signature, single.asks)
    return _task(name, single.family, question, single.signature, single.code, [single.wrong], tests)


def _ask(chance: random.Random, signature: str, what: str) -> str:
    return chance.choice(ASKING).format(signature=f"`{signature}`", what=what)


def _test(name: str, arguments: str, expected: Any) -> str:
    return f"{name}({arguments}) == {expected!r}"


def _task(
    name: str, family: str, prompt: str, signature: str, right: str, wrong: Iterable[str], tests: list[str]
) -> CodeTask:
    """The first of the wrong bodies that fails is the rejected answer: some near misses are no miss everywhere."""
    chosen, *candidates = (_function(signature, body) for body in (right, *wrong))
    rejected = next(code for code in candidates if first_failure(code, tests))
    return CodeTask(name, family, prompt, chosen, rejected, tuple(tests))


def _function(signature: str, body: str) -> str:
    return "\n".join([f"def {signature}:", *(f"    {line}" for line in body.split("\n"))])
