"""What every `report.md` says: what was predicted, whether it passed, how it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tutor.markdown import table
from tutor.questions import Judged, Question
from tutor.runs import study
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion, judge_predictions
from tutor.runs.lines import number
from tutor.runs.store import RunDir
from tutor.text import human_bytes


def conclude(
    run: Run,
    title: str,
    findings: Sequence[str],
    checks: Callable[[RunDir], Iterable[Criterion]],
    facts: Callable[[RunDir], dict[str, Value]],
    questions: Callable[[RunDir], Iterable[Question]],
) -> None:
    """The end of a graded recipe: say what was checked, leave the questions, write the report."""
    for name, passed, value, wanted in checks(run.directory):
        run.check(name, bool(passed), value, wanted)
    study.ask(run.directory, questions(run.directory))
    judged = judge_predictions(run.directory, facts(run.directory))
    parts = [f"# {title}", *findings, *predictions(judged), *verdict(run), *how(run)]
    run.write_report("\n\n".join(parts) + "\n")


def predictions(judged: Sequence[Judged]) -> list[str]:
    """What the learner expected, and what came."""
    if not any(each.given for each in judged):
        return []
    rows = [
        (
            _mark(each.right),
            each.question.text,
            each.question.says(each.given or ""),
            each.question.says(each.question.answer[0]),
        )
        for each in judged
    ]
    return ["## What you predicted", table(("", "question", "you said", "it was"), rows)]


def _mark(right: bool | None) -> str:
    return {True: "✓", False: "✗", None: ""}[right]


def verdict(run: Run) -> list[str]:
    """The checks, and what is left to do for a grade."""
    rows = [
        (_mark(each["passed"]), each["name"], number(each["value"], ""), each["wanted"]) for each in run.checks.values()
    ]
    name = run.directory.id
    if study.asks_for_diagnosis(run.directory):
        todo = f"Something was broken on purpose. Which of these is it?\n\n{_faults(run)}\n\n"
        todo += f"```\ntutor runs diagnose {name} --answer NAME\n```"
    else:
        todo = f"Answer the questions about this run, then let it be graded:\n\n```\ntutor runs questions {name}\n"
        todo += f"tutor runs grade {name}\n```"
    return ["## Did it pass?", table(("", "check", "measured", "wanted"), rows), "## What is left to do", todo]


def _faults(run: Run) -> str:
    return table(("name", "fault"), study.diagnosis(run.directory).options.items())


def how(run: Run) -> list[str]:
    """Command, machine, versions and options, so that it can be made again."""
    facts = run.directory.facts
    machine = facts["machine"]
    rows = [
        ("command", f"`{facts['command']}`"),
        ("machine", f"{machine['cpu']}, {machine['cores']} cores, {human_bytes(machine['memory_bytes'])} memory"),
        ("versions", ", ".join(f"{name} {version}" for name, version in facts["versions"].items())),
        ("options", ", ".join(f"`{name}={value}`" for name, value in facts["config"].items())),
    ]
    return ["## How it was made", table(("", ""), rows)]
