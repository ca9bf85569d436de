"""`tutor exercise`: list, start, check, hint, reset, solution."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE

if TYPE_CHECKING:
    from tutor.course.exercises.desk import Desk
    from tutor.course.exercises.runner import Result

WATCH_S = 0.2
"""How often `--watch` looks whether the file was saved."""

WIDTH = 80
"""Columns that prose fits in."""

CLEAR_SCREEN = "\x1b[2J\x1b[H"

VERBS = {
    "start": "write the skeleton to a file of yours, and say what to do",
    "check": "run the tests on your file",
    "hint": "open one more of the three hints",
    "reset": "begin again from the skeleton; your file is kept beside it",
    "solution": "show a solution, once your code passes",
}


def add(subparsers: Any) -> None:
    """Add `exercise` and its verbs."""
    parser = subparsers.add_parser(
        "exercise",
        help="write code and have it checked",
        epilog="example: tutor exercise start gradient-step --edit && tutor exercise check gradient-step --watch",
    )
    parser.set_defaults(run=_list, json=False)
    verbs = parser.add_subparsers(metavar="VERB")
    listing = verbs.add_parser("list", help="every exercise, in the order of the course")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)
    actions = {"start": _start, "check": _check, "hint": _hint, "reset": _reset, "solution": _solution}
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        verb.add_argument("name", metavar="NAME", help="an exercise; `tutor exercise list` names them")
        verb.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
        if name == "start":
            verb.add_argument("--edit", action="store_true", help="open the file in $VISUAL or $EDITOR")
        elif name == "check":
            verb.add_argument("--watch", action="store_true", help="check again at every save, until it passes")
        elif name == "solution":
            verb.add_argument("--give-up", action="store_true", help="show it before your code passes; recorded")
        verb.set_defaults(run=_at_desk(actions[name]))


def _at_desk(action: Callable[[Desk, argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def call(args: argparse.Namespace) -> int:
        from tutor.course.exercises.desk import Desk
        from tutor.course.exercises.exercise import find_exercise

        return action(Desk(find_exercise(args.name)), args)

    return call


def _list(args: argparse.Namespace) -> int:
    from tutor.course.exercises.desk import Desk
    from tutor.course.exercises.exercise import all_exercises

    marks = {"new": " ", "started": "…", "passed": "✓"}
    for exercise in all_exercises():
        record = Desk(exercise).record()
        row = {"exercise": exercise.id, "topic": exercise.topic, "title": exercise.title, "minutes": exercise.minutes}
        if args.json:
            print(json.dumps(row | {"state": record.state} | asdict(record), ensure_ascii=False))
        else:
            print(
                f"{marks[record.state]} {exercise.topic}  {exercise.id:18} {exercise.minutes:3} min  {exercise.title}"
            )
    return EXIT_DONE


def _start(desk: Desk, args: argparse.Namespace) -> int:
    file = desk.start()
    if args.json:
        print(json.dumps({"exercise": desk.exercise.id, "file": str(file), "task": desk.exercise.task}))
    else:
        print(f"{desk.exercise.title}\n\n{desk.exercise.task}\nYour file: {file}")
        print(f"Check it:  tutor exercise check {desk.exercise.id} --watch")
    if args.edit:
        from tutor.course.exercises.editor import edit

        edit(file)
    return EXIT_DONE


def _check(desk: Desk, args: argparse.Namespace) -> int:
    saved = _saved_at(desk.start())
    result = _check_once(desk, args)
    while args.watch and not result.passed:
        time.sleep(WATCH_S)
        if (now := _saved_at(desk.work)) not in (saved, None):
            saved = now
            result = _check_once(desk, args)
    return EXIT_DONE if result.passed else EXIT_CHECK_FAILED


def _saved_at(file: Path) -> int | None:
    """When `file` was written, in nanoseconds; None in the moment in which an editor replaces it."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _check_once(desk: Desk, args: argparse.Namespace) -> Result:
    result = desk.check()
    if args.json:
        print(json.dumps({"exercise": desk.exercise.id} | asdict(result), ensure_ascii=False), flush=True)
    else:
        if args.watch and sys.stdout.isatty():
            print(CLEAR_SCREEN, end="")
        print("\n".join(verdict(desk, result)), flush=True)
        if args.watch and not result.passed:
            print(f"\nWaiting for you to save {desk.work} …", file=sys.stderr)
    return result


def verdict(desk: Desk, result: Result) -> list[str]:
    """The verdict as lines of text: every test, then the one line that helps."""
    from tutor.text import clean_text

    marks = {True: "✓", False: "✗", None: "·"}
    lines = ["", *(f"  {marks[test.passed]} {test.title}" for test in result.tests), ""]
    if failure := result.failure:
        if failure.line:
            place = f"{desk.work.name} line {failure.line}: "
            lines.append(place + clean_text(failure.source))
            if failure.column is not None:
                lines.append(" " * (len(place) + failure.column) + "^")
        lines.append(clean_text(failure.message))
    else:
        lines.append(f"Passed, in {result.seconds:.1f} s. Compare: tutor exercise solution {desk.exercise.id}")
    if result.output.strip():
        lines += ["", "It printed:", *(f"  {clean_text(line)}" for line in result.output.splitlines())]
    if result.walls_missing:
        missing = "; ".join(f"{wall}: {reason}" for wall, reason in result.walls_missing.items())
        lines += ["", f"(Checked with fewer walls than usual. {missing})"]
    return lines


def _hint(desk: Desk, args: argparse.Namespace) -> int:
    opened = desk.next_hint()
    hints = desk.exercise.hints
    if args.json:
        print(json.dumps({"exercise": desk.exercise.id, "hints": hints[:opened]}, ensure_ascii=False))
        return EXIT_DONE
    for number, hint in enumerate(hints[:opened], start=1):
        print(textwrap.fill(hint, WIDTH, initial_indent=f"{number}. ", subsequent_indent="   "))
    left = len(hints) - opened
    print(f"({left} more)" if left else "(that was the last one)", file=sys.stderr)
    return EXIT_DONE


def _reset(desk: Desk, args: argparse.Namespace) -> int:
    backup = desk.reset()
    if args.json:
        facts = {"exercise": desk.exercise.id, "file": str(desk.work), "backup": str(backup) if backup else None}
        print(json.dumps(facts))
    else:
        print(f"{desk.work} is the skeleton again." + (f" Your code is in {backup}." if backup else ""))
    return EXIT_DONE


def _solution(desk: Desk, args: argparse.Namespace) -> int:
    solution = desk.solution(give_up=args.give_up)
    if args.json:
        print(json.dumps({"exercise": desk.exercise.id, "solution": solution}))
    else:
        print(solution, end="")
    return EXIT_DONE
