"""`tutor lessons check`: is every lesson and every exercise whole?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, TutorError, nearest

if TYPE_CHECKING:
    from tutor.course.blocks import Ask, Block, WidgetBlock


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


def fault_of(block: Block) -> str:
    """What is wrong with a live block, '' where nothing is."""
    from tutor.course.blocks import Bug, ExerciseBlock, Fact, Prediction, Quiz, WidgetBlock
    from tutor.course.exercises.exercise import find_exercise
    from tutor.widgets.lesson.trace import LIVE_VALUES

    if isinstance(block, WidgetBlock):
        return _widget_fault(block)
    if isinstance(block, ExerciseBlock):
        try:
            find_exercise(block.name)
        except TutorError as error:
            return error.what
    if isinstance(block, Prediction) and block.ask is None and block.value not in LIVE_VALUES:
        return f"there is no live value {block.value!r}. {nearest(block.value, LIVE_VALUES)}"
    if isinstance(block, Prediction | Quiz | Fact | Bug) and block.ask is not None:
        return _method_fault(block.ask)
    return ""


def _widget_fault(block: WidgetBlock) -> str:
    from tutor.widgets.lesson.parts import part_of, widget_names

    try:
        part_of(block)
    except KeyError:
        return f"there is no widget {block.name!r}. {nearest(block.name, widget_names())}"
    except (TypeError, ValueError) as error:
        return f"the widget {block.name!r} does not take these arguments: {error}."
    return ""


def _method_fault(ask: Ask) -> str:
    """The method must exist; whether it takes the arguments shows when it is asked, which the tests do."""
    from tutor.engine.methods import PackageMethods, desk_methods

    methods = desk_methods() if ask.role == "desk" else PackageMethods("tutor.engine.probes")
    return "" if ask.method in methods else f"no engine answers {ask.role}.{ask.method}."
