"""From the TOML inside a live fence to a block; whatever the block may not say is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tutor.course.blocks import (
    KINDS,
    ROLES,
    VERDICTS,
    Arguments,
    Ask,
    Block,
    Bug,
    ExerciseBlock,
    Fact,
    Prediction,
    Quiz,
    Step,
    Texts,
    WidgetBlock,
)


class BlockError(ValueError):
    """A block says something that it may not; the text has no place yet."""


def parse_block(kind: str, name: str, arguments: Arguments, line: int) -> Block:
    """The live block that a fence describes.

    Raises:
        BlockError: a key is missing, unknown or of the wrong kind.
    """
    reader = _Reader(dict(arguments))
    if kind == "widget":
        return _widget(name, reader, line)
    if kind == "exercise":
        reader.end()
        return ExerciseBlock(_named(name, kind), line)
    return CHECKS[kind](reader, line)


class _Reader:
    """Takes keys out of a table, one by one; what is left at the end should not be there."""

    def __init__(self, table: Arguments) -> None:
        self._table = table

    def need(self, key: str, kind: type) -> Any:
        if key not in self._table:
            raise BlockError(f"the block needs {key!r} ({kind.__name__}).")
        return self.may(key, kind, None)

    def may(self, key: str, kind: type, default: Any) -> Any:
        value = self._table.pop(key, default)
        fits = isinstance(value, (int, float) if kind is float else kind) and not (
            kind is not bool and isinstance(value, bool)
        )
        if value is not default and not fits:
            raise BlockError(f"the block needs {key!r} as {kind.__name__}.")
        return value

    def texts(self, key: str) -> Texts:
        values = self.may(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise BlockError(f"every entry of {key!r} must be a text.")
        return tuple(values)

    def rows(self, key: str, length: int) -> tuple[Any, ...]:
        rows = self.may(key, list, [])
        if not all(
            isinstance(row, list) and len(row) == length and all(isinstance(c, str) for c in row) for row in rows
        ):
            raise BlockError(f"every entry of {key!r} must be a list of {length} texts.")
        return tuple(tuple(row) for row in rows)

    def one_or_more(self, key: str) -> tuple[Any, ...]:
        value = self._table.pop(key, [])
        return tuple(value) if isinstance(value, list) else (value,)

    def rest(self) -> Arguments:
        return self._table

    def end(self) -> None:
        if self._table:
            raise BlockError(f"the block has an unknown key {min(self._table)!r}.")

    def ask(self) -> Ask | None:
        name = self.may("ask", str, "")
        given, vary = self.may("with", dict, {}), self.may("vary", dict, {})
        if not name:
            if given or vary:
                raise BlockError("'with' and 'vary' need 'ask'.")
            return None
        said, _, method = name.partition(".")
        role = next((role for role in ROLES if role == said), None)
        if role is None or not method:
            raise BlockError(f"'ask' is ROLE.METHOD with a role out of {', '.join(ROLES)}, not {name!r}.")
        if not all(isinstance(values, list) and values for values in vary.values()):
            raise BlockError("every entry of 'vary' must be a list of values.")
        return Ask(role, method, given, vary)

    def identity(self, text: str) -> str:
        return self.may("id", str, "") or slug(text)


def slug(text: str) -> str:
    """A name made of the first words of `text`, the same on every machine."""
    return "-".join(re.findall(r"[a-z0-9]+", text.casefold())[:8])


def _named(name: str, kind: str) -> str:
    if not name:
        raise BlockError(f"the {kind} has no name: write ```{kind} NAME.")
    return name


def _widget(name: str, reader: _Reader, line: int) -> WidgetBlock:
    steps = reader.may("steps", list, [])
    if not all(isinstance(step, dict) and isinstance(step.get("say"), str) for step in steps):
        raise BlockError("every step needs 'say' (str).")
    told = tuple(Step(step["say"], dict(step.get("set", {}))) for step in steps)
    return WidgetBlock(_named(name, "widget"), reader.rest(), line, told)


def _prediction(reader: _Reader, line: int) -> Prediction:
    question = reader.need("question", str)
    found = Prediction(
        id=reader.identity(question),
        question=question,
        value=reader.need("value", str),
        after=reader.need("after", str),
        line=line,
        ask=reader.ask(),
        options=reader.texts("options"),
        unit=reader.may("unit", str, ""),
        within=float(reader.may("within", float, 0.2)),
        hides=reader.may("hides", bool, False),
        objective=reader.may("objective", int, None),
    )
    reader.end()
    return found


def _quiz(reader: _Reader, line: int) -> Quiz:
    question = reader.need("question", str)
    found = Quiz(
        id=reader.identity(question),
        kind=reader.may("kind", str, "single"),
        question=question,
        why=reader.need("why", str),
        line=line,
        ask=reader.ask(),
        options=reader.texts("options"),
        answer=reader.one_or_more("answer"),
        values=reader.texts("values"),
        right=reader.may("right", str, ""),
        number=reader.may("number", str, ""),
        slips=tuple(float(slip) for slip in reader.may("slips", list, list(Quiz.slips))),
        form=reader.may("form", str, Quiz.form),
        unit=reader.may("unit", str, ""),
        pairs=reader.rows("pairs", 2),
        objective=reader.may("objective", int, None),
    )
    reader.end()
    if problem := _quiz_problem(found):
        raise BlockError(problem)
    return found


def _quiz_problem(quiz: Quiz) -> str:
    """Why no question can be made of it, '' where one can."""
    if quiz.kind not in KINDS:
        return f"a quiz is {', '.join(KINDS)}, not {quiz.kind!r}."
    if quiz.number:
        return "" if quiz.ask and not quiz.options else "'number' needs 'ask' and makes its own options."
    if quiz.kind == "match":
        return "" if len(quiz.pairs) >= 2 else "a match needs at least two 'pairs'."
    if len(set(quiz.options)) < max(2, len(quiz.options)):
        return "a quiz needs at least two options, each another."
    if quiz.values:
        live = quiz.ask is not None and len(quiz.values) == len(quiz.options)
        return "" if live else "'values' needs 'ask' and one path for each option."
    if quiz.kind == "order":
        return ""
    if not quiz.answer or not all(type(n) is int and 1 <= n <= len(quiz.options) for n in quiz.answer):
        return f"the quiz has no option {list(quiz.answer)}: 'answer' counts options from 1."
    return "" if quiz.kind == "multiple" or len(quiz.answer) == 1 else "a single quiz has one answer."


def _fact(reader: _Reader, line: int) -> Fact:
    slogan = reader.need("slogan", str)
    found = Fact(
        id=reader.identity(slogan),
        slogan=slogan,
        source=reader.need("source", str),
        truth=reader.need("truth", str),
        line=line,
        ask=reader.ask(),
        cases=reader.may("cases", str, "cases"),
        verdict=reader.may("verdict", str, ""),
        objective=reader.may("objective", int, None),
    )
    reader.end()
    if not found.ask and found.verdict not in VERDICTS:
        raise BlockError(f"a fact needs 'ask', or a 'verdict' out of {', '.join(VERDICTS)}.")
    return found


def _bug(reader: _Reader, line: int) -> Bug:
    question, ask, faults = reader.need("question", str), reader.ask(), reader.rows("faults", 3)
    if ask is None or len(faults) < 2:
        raise BlockError("a bug needs 'ask' and at least two 'faults', each [name, words, why].")
    found = Bug(reader.identity(question), question, ask, faults, line, reader.may("objective", int, None))
    reader.end()
    return found


CHECKS: Mapping[str, Callable[[_Reader, int], Block]] = {
    "predict": _prediction,
    "quiz": _quiz,
    "fact": _fact,
    "bug": _bug,
}
LIVE = ("widget", "exercise", *CHECKS)
"""The words that begin a live fence; any other fence is Markdown."""
