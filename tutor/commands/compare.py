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
    from tutor.runs.paired import Difference

MOST = 8
"""Runs that can be compared at once."""
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
    from tutor.runs.paired import paired
    from tutor.runs.store import find

    if not 2 <= len(args.names) <= MOST:
        raise UsageError(f"{len(args.names)} runs cannot be compared.", f"Name two to {MOST} runs.")
    runs = [find(name) for name in args.names]
    found, differences = compare(runs), paired(runs)
    if args.json:
        rows = [dataclasses.asdict(each) | {"verdict": each.verdict} for each in differences]
        print(json.dumps(plain(dataclasses.asdict(found) | {"differences": rows}), ensure_ascii=False))
    else:
        width = min(WIDEST, shutil.get_terminal_size((80, 24)).columns)
        print("\n".join([*_heads(found), *_tables(found, differences), *_curves(found, width)]))
    return EXIT_DONE


def _heads(found: Compared) -> list[str]:
    from tutor.runs.compare_lines import LETTERS

    rows = [
        (letter, each["run"], each["status"], each["created"][:16].replace("T", " "), each["cpu"])
        for letter, each in zip(LETTERS, found.runs, strict=False)
    ]
    return ["  ".join(row).rstrip() for row in rows]


def _tables(found: Compared, differences: list[Difference]) -> list[str]:
    from tutor.runs import compare_lines as lines

    tables = [lines.option_lines(found), lines.result_lines(found)]
    if differences:
        tables.append(lines.difference_lines(differences))
    return [line for table in [*tables, lines.check_lines(found)] for line in ["", *table]]


def _curves(found: Compared, width: int) -> list[str]:
    from tutor.widgets.runcurves import curves_content

    return [line.plain for line in curves_content(found, width, HEIGHT, colours=False)]
