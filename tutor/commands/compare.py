"""`tutor runs compare`: two or more runs side by side."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.runs.compare import Compared

LETTERS = "ABCDEFGH"
HEIGHT = 12
"""Lines of a chart."""
WIDEST = 110


def add(verbs: Any) -> None:
    """Add `compare` to the verbs of `tutor runs`."""
    verb = verbs.add_parser(
        "compare",
        help="two or more runs side by side",
        description="The options in which runs differ, what each measured, and their curves.",
        epilog="example: tutor runs compare lora-cli-help-20260801 last",
    )
    verb.add_argument("names", metavar="RUN", nargs="+", help="a run's id, the beginning of one, or `last`")
    verb.add_argument("--json", action="store_true", help="one JSON object with everything")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    from tutor.runs.compare import compare
    from tutor.runs.events import plain
    from tutor.runs.store import find

    if not 2 <= len(args.names) <= len(LETTERS):
        raise UsageError(f"{len(args.names)} runs cannot be compared.", f"Name two to {len(LETTERS)} runs.")
    found = compare([find(name) for name in args.names])
    if args.json:
        print(json.dumps(plain(dataclasses.asdict(found)), ensure_ascii=False))
    else:
        width = min(WIDEST, shutil.get_terminal_size((80, 24)).columns)
        print("\n".join([*_heads(found), *_tables(found), *_curves(found, width)]))
    return EXIT_DONE


def _heads(found: Compared) -> list[str]:
    rows = [
        (letter, each["run"], each["status"], each["created"][:16].replace("T", " "), each["cpu"])
        for letter, each in zip(LETTERS, found.runs, strict=False)
    ]
    return ["  ".join(row).rstrip() for row in rows]


def _tables(found: Compared) -> list[str]:
    options = [(name, list(map(_option, values))) for name, values in found.options.items()]
    results = [
        (f"{name} ({row['unit']})" if row["unit"] else name, list(map(_number, row["values"])))
        for name, row in found.results.items()
        if any(value != row["values"][0] for value in row["values"])
    ]
    checks = [
        (name, [{True: "✓", False: "✗", None: "–"}[value] for value in row]) for name, row in found.checks.items()
    ]
    same = "All options are the same."
    return [
        *_table("options that differ", options, len(found.runs), same),
        *_table("measured, where it differs", results, len(found.runs), "Nothing was measured that differs."),
        *_table("checks", checks, len(found.runs), "Neither has checks."),
    ]


def _table(title: str, rows: list[tuple[str, list[str]]], runs: int, otherwise: str) -> list[str]:
    if not rows:
        return ["", f"{title}: {otherwise}"]
    name = max(len(title), *(len(row[0]) for row in rows))
    widths = [max(1, *(len(values[place]) for _, values in rows)) for place in range(runs)]
    head = "  ".join(letter.rjust(width) for letter, width in zip(LETTERS, widths, strict=False))
    lines = ["  ".join(value.rjust(width) for value, width in zip(values, widths, strict=True)) for _, values in rows]
    named = [f"{row[0]:<{name}}  {line}".rstrip() for row, line in zip(rows, lines, strict=True)]
    return ["", f"{title:<{name}}  {head}", *named]


def _option(value: Any) -> str:
    from tutor.text import clean_text

    if value is None:
        return "–"
    return clean_text(",".join(map(str, value)) if isinstance(value, list) else str(value))


def _number(value: Any) -> str:
    from tutor.runs.lines import number
    from tutor.text import clean_text

    text = "–" if value is None else clean_text(number(value, ""))
    return text if len(text) <= 24 else text[:23] + "…"


def _curves(found: Compared, width: int) -> list[str]:
    """Training losses, then the held-out losses of every split that two runs share."""
    splits = [split for split in found.held_out[0] if any(split in other for other in found.held_out[1:])]
    charts = [("training loss, nats/token", list(found.train))]
    charts += [(f"loss of {split}, nats/token", [each.get(split, []) for each in found.held_out]) for split in splits]
    lines = []
    for title, curves in charts:
        if sum(len(curve) > 1 for curve in curves) > 1:
            lines += ["", _chart(title, curves, width)]
    return lines


def _chart(title: str, curves: list[Any], width: int) -> str:
    from tutor.widgets.chart import Axes, Series, chart_content

    series = [Series(letter, curve) for letter, curve in zip(LETTERS, curves, strict=False)]
    return chart_content(series, width, HEIGHT, Axes("step", title), colours=False).plain
