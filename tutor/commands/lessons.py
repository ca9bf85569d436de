"""`tutor lessons check`: is every lesson and every exercise whole?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE

if TYPE_CHECKING:
    from tutor.course.lesson import Prediction, WidgetBlock


def add(subparsers: Any) -> None:
    """Add `lessons` and its verb."""
    parser = subparsers.add_parser("lessons", help="check the files of the course")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    check = verbs.add_parser(
        "check",
        help="look at every lesson, exercise and term",
        description="Look at every lesson, exercise and term, and name file and line of what is wrong. "
        "Exit code 1 where anything is.",
    )
    check.add_argument("folder", nargs="?", type=Path, help="a folder with course.toml; that of the course by default")
    check.add_argument("--quick", action="store_true", help="do not run the exercises' code, which takes a minute")
    check.set_defaults(run=_check)


def _check(args: argparse.Namespace) -> int:
    from tutor.course.check_lessons import check_all

    problems = check_all(fault_of, args.folder, run=not args.quick)
    for problem in problems:
        print(problem)
    count = "1 problem" if len(problems) == 1 else f"{len(problems) or 'no'} problems"
    print(f"{count} found.", file=sys.stderr)
    return EXIT_CHECK_FAILED if problems else EXIT_DONE


def fault_of(block: WidgetBlock | Prediction) -> str:
    """What is wrong with a live block, '' where nothing is."""
    from tutor.course.lesson import Prediction
    from tutor.errors import nearest
    from tutor.widgets.lesson.live import NAMES, make
    from tutor.widgets.lesson.trace import LIVE_VALUES

    if isinstance(block, Prediction):
        known = block.value in LIVE_VALUES
        return "" if known else f"there is no live value {block.value!r}. {nearest(block.value, LIVE_VALUES)}"
    if block.name not in NAMES:
        return f"there is no widget {block.name!r}. {nearest(block.name, NAMES)}"
    try:
        make(block.name, block.arguments)
    except (TypeError, ValueError) as error:
        return f"the widget {block.name!r} does not take these arguments: {error}."
    return ""
