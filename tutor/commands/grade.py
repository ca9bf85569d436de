"""`tutor runs questions | answer | diagnose | grade`: what a learner does after a run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.questions import Judged, Question
    from tutor.runs.store import RunDir

MARKS = {True: "✓", False: "✗", None: "·"}


def add(verbs: Any) -> None:
    """Add the verbs to those of `tutor runs`."""
    for name, action, text in (
        ("questions", _questions, "the questions about a run, made of its own numbers"),
        ("answer", _answer, "answer them: the first answer to each counts"),
        ("diagnose", _diagnose, "say what was broken on purpose in a run with drill=any"),
        ("grade", _grade, "judge a run by the files it left behind"),
    ):
        verb = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        verb.add_argument("name", metavar="RUN", help="a run's id, the beginning of one, or `last`")
        if name == "answer":
            verb.add_argument("answers", metavar="NAME=ANSWER", nargs="+", help="such as head=16.0 row=b")
        if name == "diagnose":
            verb.add_argument("--answer", metavar="FAULT", help="its name; without it, the faults are listed")
        verb.add_argument("--json", action="store_true", help="as one JSON object")
        verb.set_defaults(run=_on_run(action))


def _on_run(action: Callable[[RunDir, argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def call(args: argparse.Namespace) -> int:
        from tutor.runs.store import find

        return action(find(args.name), args)

    return call


def _questions(run: RunDir, args: argparse.Namespace) -> int:
    from tutor.runs import study

    asked, given = study.asked(run), study.answers(run)
    if not asked:
        raise UsageError(f"The run {run.id} asks nothing.", f"See how far it came: tutor runs show {run.id}")
    if args.json:
        print(json.dumps([question.without_answer() | {"given": given.get(question.id)} for question in asked]))
        return EXIT_DONE
    for question in asked:
        print(describe(question, given.get(question.id)) + "\n")
    print(f"tutor: answer with: tutor runs answer {run.id} NAME=ANSWER …", file=sys.stderr)
    return EXIT_DONE


def describe(question: Question, given: str | None = None) -> str:
    """A question with its name, its options, and what was answered."""
    lines = [f"{question.id}: {question.text}"]
    lines += [f"  {key:10} {text}" for key, text in question.options.items()]
    return "\n".join([*lines, f"  answered: {given}"] if given else lines)


def _answer(run: RunDir, args: argparse.Namespace) -> int:
    from tutor.runs import study

    pairs = [text.partition("=") for text in args.answers]
    study.answer(run, {name.strip(): value.strip() for name, _, value in pairs})
    left = [question.id for question in study.asked(run) if question.id not in study.answers(run)]
    todo = f"still open: {', '.join(left)}" if left else f"all answered; see: tutor runs grade {run.id}"
    print(f"tutor: {todo}", file=sys.stderr)
    return EXIT_DONE


def _diagnose(run: RunDir, args: argparse.Namespace) -> int:
    from tutor.runs import study

    if not study.asks_for_diagnosis(run):
        raise UsageError(
            f"Nobody hid a fault in {run.id}.", f"Start a run with one: tutor --lab {run.lab} --set drill=any"
        )
    if args.answer is None:
        print(describe(study.diagnosis(run), study.answers(run).get(study.DIAGNOSIS)))
        return EXIT_DONE
    study.answer(run, {study.DIAGNOSIS: args.answer})
    return _grade(run, args)


def _grade(run: RunDir, args: argparse.Namespace) -> int:
    from tutor.runs import grading

    grade = grading.result(run, grading.start(run))
    if args.json:
        print(json.dumps({"run": run.id, **grade.plain()}, ensure_ascii=False))
    else:
        _print_judged("Predictions", grade.predictions)
        _print_judged("Questions", grade.answers)
        print("Criteria")
        for name, passed, value, wanted in grade.criteria:
            print(f"  {MARKS[passed]} {name}: {_short(value)} (wanted: {wanted})")
        print(f"\n{run.id}: {grade.state}")
    return EXIT_DONE if grade.state == "passed" else EXIT_CHECK_FAILED


def _print_judged(title: str, judged: list[Judged]) -> None:
    if not judged:
        return
    print(title)
    for each in judged:
        question = each.question
        print(f"  {MARKS[each.right]} {question.text}")
        if each.given is not None:
            given, right = (question.says(answer) for answer in (each.given, question.answer[0]))
            print(f"    you said {given}; it is {right}. {question.why}".rstrip())
    print()


def _short(value: object) -> str:
    from tutor.runs.lines import number

    return number(value, "")
