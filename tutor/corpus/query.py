"""The line one types to choose rows: `category=error score>0.8 parse`, by their columns and by their texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.errors import UsageError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

SHORT = {
    "score": "quality_score",
    "source": "source_repo",
    "repo": "source_repo",
    "file": "source_file",
    "line": "source_line",
    "reason": "reasons",
}
"""Names that are quicker to type than those of the columns."""

_CONDITION = re.compile(r"([A-Za-z_]+)(!=|>=|<=|=|>|<)(\S+)")
_COMPARISONS = {
    "=": "equal",
    "!=": "not_equal",
    ">": "greater",
    ">=": "greater_equal",
    "<": "less",
    "<=": "less_equal",
}


@dataclass(frozen=True)
class Condition:
    """What one column must be."""

    column: str
    sign: str
    value: str


@dataclass(frozen=True)
class Query:
    """Conditions that must all hold, and a regular expression that symbol, input or output must match."""

    conditions: tuple[Condition, ...]
    pattern: str


def parse(line: str, columns: Sequence[str]) -> Query:
    """Take a line apart; what is no condition is the pattern.

    Raises:
        UsageError: there is no such column, or the pattern is no regular expression.
    """
    conditions, rest = [], []
    for word in line.split():
        found = _CONDITION.fullmatch(word)
        if found is None:
            rest.append(word)
            continue
        column = SHORT.get(found.group(1), found.group(1))
        if column not in columns:
            raise UsageError(f"There is no column {column!r} here.", nearest(column, columns))
        conditions.append(Condition(column, found.group(2), found.group(3)))
    pattern = " ".join(rest)
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}.", "Put \\ before ( [ * + ?.") from None
    return Query(tuple(conditions), pattern)


def holds(table: pa.Table, condition: Condition) -> pa.ChunkedArray:
    """Which rows a condition is true of: `[rows]` of booleans. A text is equal to what it contains, in any case.

    Raises:
        UsageError: a number is compared with a word, or a word by its size.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(condition.column)
    if pa.types.is_string(column.type):
        if condition.sign not in ("=", "!="):
            raise UsageError(f"{condition.column} is text, which has no size.", "Compare it with = or !=.")
        found = pc.match_substring(column, condition.value, ignore_case=True)
        return found if condition.sign == "=" else pc.invert(found)
    try:
        number = float(condition.value)
    except ValueError:
        raise UsageError(f"{condition.column} is a number, not {condition.value!r}.", "Give a number.") from None
    return pc.call_function(_COMPARISONS[condition.sign], [pc.cast(column, pa.float64()), pa.scalar(number)])
