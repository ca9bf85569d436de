"""From the checks of a lesson to questions: filled with live values, shuffled anew at every try, and judged."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.course.blocks import VERDICTS, Ask, Bug, Fact, Prediction, Quiz
from tutor.errors import TutorError

Answer = Mapping[str, Any]

PLACEHOLDER = re.compile(r"\{([\w.-]+)(?::([^{}]*))?\}")
OPINIONS = ("True as it stands", "Partly: it depends", "False")


@dataclass(frozen=True)
class Question:
    """A question with its options as they are shown, and what is right."""

    kind: str
    """`single`, `multiple`, `order` or `match`."""
    text: str
    options: tuple[str, ...]
    right: tuple[int, ...]
    """Positions from 0: of the right options; for `order`, of the options in their right order; for `match`, of the
    partner in `partners` of each option."""
    why: str
    partners: tuple[str, ...] = ()
    cases: tuple[tuple[bool, str, str], ...] = ()
    """What a slogan was judged by: whether it holds, where, and the live value there."""

    def judge(self, said: Sequence[int]) -> float:
        """How much of `said` (as `right`) is right, from 0 to 1; 1 is all of it and nothing else."""
        if self.kind in ("single", "multiple"):
            wanted, given = set(self.right), set(said)
            return len(wanted & given) / len(wanted | given)
        return sum(a == b for a, b in zip(self.right, said, strict=True)) / len(self.right)


class NoValue(TutorError):
    """An answer has no value at the path that a lesson names."""


def arguments_of(ask: Ask, rng: random.Random) -> dict[str, Any]:
    """The arguments of one try: the fixed ones, and of each varied one a value by chance."""
    return ask.arguments | {name: rng.choice(values) for name, values in sorted(ask.vary.items())}


def lookup(answer: Any, path: str) -> Any:
    """The value at a dotted `path` of tables and lists.

    Raises:
        NoValue: there is none.
    """
    found = answer
    for key in path.split("."):
        try:
            found = found[int(key)] if isinstance(found, Sequence) and not isinstance(found, str) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise NoValue(f"The engine's answer has no value {path!r}.", "The lesson asks for the wrong one.") from None
    return found


def fill(text: str, answer: Answer) -> str:
    """`text` with every `{path}` or `{path:format}` replaced by the live value there.

    Raises:
        NoValue: a path leads nowhere, or its value does not take the format.
    """

    def value(match: re.Match[str]) -> str:
        found = lookup(answer, match[1])
        try:
            return format(found, match[2] or "")
        except (ValueError, TypeError):
            raise NoValue(
                f"The value {match[1]!r} does not take the format {match[2]!r}.", "Mend the lesson."
            ) from None

    return PLACEHOLDER.sub(value, text)


def quiz_question(quiz: Quiz, answer: Answer, rng: random.Random) -> Question:
    """The question of one try."""
    text, why = fill(quiz.question, answer), fill(quiz.why, answer)
    if quiz.kind == "match":
        return _match(quiz, answer, rng, text, why)
    if quiz.number:
        return _number(quiz, answer, rng, text, why)
    options = [fill(option, answer) for option in quiz.options]
    if quiz.kind == "order":
        return _order(quiz, answer, rng, text, why, options)
    if quiz.values:
        values = [lookup(answer, path) for path in quiz.values]
        best = (min if quiz.right == "smallest" else max)(values)
        right = [place for place, value in enumerate(values) if value == best]
    else:
        right = [number - 1 for number in quiz.answer]
    places = _shuffled(len(options), rng)
    found = tuple(sorted(places.index(place) for place in right))
    return Question(quiz.kind, text, tuple(options[place] for place in places), found, why)


def fact_question(fact: Fact, answer: Answer) -> Question:
    """What do you think of a slogan; right is what the live values say."""
    verdict, cases = fact.verdict, []
    if fact.ask:
        cases = [_case(case) for case in lookup(answer, fact.cases)]
        holds = [case[0] for case in cases]
        verdict = "true" if all(holds) else "partly" if any(holds) else "false"
    right = (VERDICTS.index(verdict),)
    return Question("single", fact.slogan, OPINIONS, right, fill(fact.truth, answer), cases=tuple(cases))


def _case(case: Answer) -> tuple[bool, str, str]:
    value = lookup(case, "value")
    shown = value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    return bool(lookup(case, "holds")), str(lookup(case, "name")), shown


def bug_question(bug: Bug, fault: str, rng: random.Random) -> Question:
    """Which of the faults was injected."""
    places = _shuffled(len(bug.faults), rng)
    shown = [bug.faults[place] for place in places]
    right = next(place for place, (name, _, _) in enumerate(shown) if name == fault)
    return Question("single", bug.question, tuple(words for _, words, _ in shown), (right,), shown[right][2])


def nearness(guess: float, truth: float) -> float:
    """How near a guess is, from 0 to 1: 1 minus the relative error."""
    if guess == truth:
        return 1.0
    return max(0.0, 1 - abs(guess - truth) / abs(truth)) if truth else 0.0


def is_right(prediction: Prediction, guess: float, truth: float) -> bool:
    """Whether a guess is near enough to count."""
    return nearness(guess, truth) >= 1 - prediction.within


def _shuffled(count: int, rng: random.Random) -> list[int]:
    return rng.sample(range(count), count)


def _match(quiz: Quiz, answer: Answer, rng: random.Random, text: str, why: str) -> Question:
    left = [fill(pair[0], answer) for pair in quiz.pairs]
    partners = sorted({fill(pair[1], answer) for pair in quiz.pairs})
    rng.shuffle(partners)
    places = _shuffled(len(left), rng)
    right = tuple(partners.index(fill(quiz.pairs[place][1], answer)) for place in places)
    return Question("match", text, tuple(left[place] for place in places), right, why, tuple(partners))


def _order(quiz: Quiz, answer: Answer, rng: random.Random, text: str, why: str, options: list[str]) -> Question:
    """`options` stand in their right order, or `values` say it: the smallest first, or the largest."""
    ordered = list(range(len(options)))
    if quiz.values:
        ordered.sort(key=lambda place: lookup(answer, quiz.values[place]), reverse=quiz.right == "largest")
    places = _shuffled(len(options), rng)
    if places == ordered:
        places.reverse()
    return Question(
        "order", text, tuple(options[place] for place in places), tuple(places.index(place) for place in ordered), why
    )


def _number(quiz: Quiz, answer: Answer, rng: random.Random, text: str, why: str) -> Question:
    truth = float(lookup(answer, quiz.number))
    shown = [format(truth * factor, quiz.form) + quiz.unit for factor in (1.0, *quiz.slips)]
    options = list(dict.fromkeys(shown))
    rng.shuffle(options)
    return Question("single", text, tuple(options), (options.index(shown[0]),), why)
