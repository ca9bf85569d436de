"""Compared runs as lines of text, for the terminal and for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tutor.runs.compare import Compared
from tutor.runs.lines import number
from tutor.runs.paired import Difference
from tutor.text import clean_text

LETTERS = "ABCDEFGH"
"""What the runs are called, in the order in which they were named."""
LONGEST = 24
"""Characters of a value."""
MARKS = {True: "✓", False: "✗", None: "–"}

Rows = Sequence[tuple[str, Sequence[str]]]
"""A name, and what it is in each run."""


def option_lines(found: Compared) -> list[str]:
    """The options that are not the same in all."""
    rows = [(name, list(map(_option, values))) for name, values in found.options.items()]
    return _table("options that differ", rows, len(found.runs), "All options are the same.")


def result_lines(found: Compared) -> list[str]:
    """What was measured, where it differs; estimates with their intervals."""
    rows = []
    for name, row in found.results.items():
        if any(value != row["values"][0] for value in row["values"]):
            values = [_number(value, interval) for value, interval in zip(row["values"], row["intervals"], strict=True)]
            rows.append((f"{name} ({row['unit']})" if row["unit"] else name, values))
    return _table("measured, where it differs", rows, len(found.runs), "Nothing was measured that differs.")


def check_lines(found: Compared) -> list[str]:
    """The pass criteria of each run's lab."""
    rows = [(name, [MARKS[value] for value in row]) for name, row in found.checks.items()]
    return _table("checks", rows, len(found.runs), "Neither has checks.")


def difference_lines(found: Sequence[Difference]) -> list[str]:
    """Held-out losses against the first run's, and whether that is more than chance."""
    title = f"held-out loss against {LETTERS[0]}, nats/token"
    if not found:
        return [title, "These runs kept no losses of the same examples."]
    return [
        title,
        *(
            f"{LETTERS[each.run]}  {clean_text(each.split):<12}  {each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]"
            f"  n={each.n}  {each.verdict}"
            for each in found
        ),
    ]


def _table(title: str, rows: Rows, runs: int, otherwise: str) -> list[str]:
    if not rows:
        return [f"{title}: {otherwise}"]
    name = max(len(title), *(len(row[0]) for row in rows))
    widths = [max(1, *(len(values[place]) for _, values in rows)) for place in range(runs)]
    head = "  ".join(letter.rjust(width) for letter, width in zip(LETTERS, widths, strict=False))
    lines = ["  ".join(value.rjust(width) for value, width in zip(values, widths, strict=True)) for _, values in rows]
    named = [f"{row[0]:<{name}}  {line}".rstrip() for row, line in zip(rows, lines, strict=True)]
    return [f"{title:<{name}}  {head}", *named]


def _option(value: Any) -> str:
    if value is None:
        return "–"
    return _short(",".join(map(str, value)) if isinstance(value, list) else str(value))


def _number(value: Any, interval: Sequence[float] | None) -> str:
    text = "–" if value is None else number(value, "")
    return _short(f"{text} [{float(interval[0]):.3f}, {float(interval[1]):.3f}]" if interval else text)


def _short(text: str) -> str:
    text = clean_text(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
