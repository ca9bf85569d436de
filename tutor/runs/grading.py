"""The grade of a run, computed from its artefacts each time somebody asks: `python -m tutor.runs.grading DIRECTORY`.

Nothing is read from `report.json` or from the events. A graded recipe defines three functions of a run's directory:
`checks` (is the lab passed?), `facts` (what predictions are held against) and `questions` (with answers from this run).
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from tutor.childprocess import quiet_environment
from tutor.errors import TutorError, UsageError
from tutor.questions import Judged
from tutor.runs import store, study
from tutor.runs.config import Value, load_lab
from tutor.runs.events import plain
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir


class Criterion(NamedTuple):
    """One thing a grade depends on. `run.check(*criterion)` says it in the run's events."""

    name: str
    passed: bool | None
    """None while it is up to the learner."""
    value: Value
    wanted: str


@dataclass(frozen=True)
class Grade:
    """A run judged: passed if every criterion is."""

    criteria: list[Criterion]
    predictions: list[Judged]
    answers: list[Judged]

    @property
    def state(self) -> str:
        """`passed`, `failed`, or `open` where only the learner's part is missing."""
        verdicts = {criterion.passed for criterion in self.criteria}
        return "failed" if False in verdicts else "open" if None in verdicts else "passed"

    def plain(self) -> dict[str, Any]:
        """As JSON; `from_plain` reads it."""
        judged = {name: [each.plain() for each in getattr(self, name)] for name in ("predictions", "answers")}
        criteria = [criterion._asdict() for criterion in self.criteria]
        return {"state": self.state, "criteria": plain(criteria), **judged}

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Grade:
        """Read what `plain` wrote."""
        predictions, answers = ([Judged.from_plain(each) for each in data[name]] for name in ("predictions", "answers"))
        return cls([Criterion(**each) for each in data["criteria"]], predictions, answers)


def grade(run: RunDir) -> Grade:
    """Judge `run` by what it left behind. Loads the recipe, and with it whatever that needs.

    Raises:
        TutorError: it is not over, is of a lab without grades, or an artefact is missing or damaged.
    """
    if run.is_running():
        raise UsageError(f"The run {run.id} is still going.", f"Watch it: tutor runs attach {run.id}")
    answers = study.answers(run)
    if study.asks_for_diagnosis(run):
        found = Judged.of(study.diagnosis(run), answers)
        return Grade(
            [Criterion("the planted fault is found", found.right, found.given or "", "the right one")], [], [found]
        )
    recipe = load_recipe(load_lab(run.lab).recipe)
    if not hasattr(recipe, "checks"):
        raise UsageError(f"{run.lab} has no grades.", f"See what it measured: tutor runs show {run.id}")
    checks, judged = list(recipe.checks(run)), [Judged.of(question, answers) for question in recipe.questions(run)]
    predictions = judge_predictions(run, recipe.facts(run))
    return Grade([*checks, *_learner(run, predictions, judged)], predictions, judged)


def judge_predictions(run: RunDir, facts: dict[str, Value]) -> list[Judged]:
    """What was predicted before the run, held against what it found."""
    asked = [
        replace(question, answer=(_shown(facts[question.id]),))
        for question in study.load_study(load_lab(run.lab)).predictions
    ]
    return [Judged.of(question, run.predictions) for question in asked]


def _shown(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _learner(run: RunDir, predictions: list[Judged], answers: list[Judged]) -> Iterator[Criterion]:
    """What is up to the learner: to predict (rightly or not), to answer, to find faults."""
    wanted = study.load_study(load_lab(run.lab))
    if predictions:
        made = sum(each.given is not None for each in predictions)
        said = f"{made} of {len(predictions)}"
        yield Criterion("predictions made before the run", made == len(predictions), said, "all, right or wrong")
    if answers:
        right = sum(each.right is True for each in answers)
        enough = right >= wanted.questions_wanted * len(answers)
        passed = None if any(each.given is None for each in answers) else enough
        share = f"at least {wanted.questions_wanted:.0%}"
        yield Criterion("questions answered rightly", passed, f"{right} of {len(answers)}", share)
    if wanted.drills_wanted:
        found = len(faults_found(run.lab))
        passed = found >= wanted.drills_wanted or None
        yield Criterion("planted faults found", passed, found, f"at least {wanted.drills_wanted}, with drill=any")


def faults_found(lab: str) -> set[str]:
    """The faults of a lab that the learner has told from their symptoms, over all runs."""
    runs = [run for run in store.all_runs() if run.lab == lab and study.asks_for_diagnosis(run)]
    return {study.planted(run) for run in runs if study.answers(run).get(study.DIAGNOSIS) == study.planted(run)}


def start(run: RunDir) -> subprocess.Popen[str]:
    """Begin to grade in a process of its own, so that the asking one need not load what the recipe loads."""
    return subprocess.Popen(
        [sys.executable, "-m", "tutor.runs.grading", str(run.path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=quiet_environment(),
    )


def result(run: RunDir, process: subprocess.Popen[str]) -> Grade:
    """Wait for the grade.

    Raises:
        TutorError: as `grade`.
    """
    said, complained = process.communicate()
    try:
        answer = json.loads(said)
    except ValueError:
        raise TutorError(f"The grading of {run.id} broke.", complained.strip()[-300:]) from None
    if "what" in answer:
        raise TutorError(answer["what"], answer["todo"])
    return Grade.from_plain(answer)


def main() -> int:
    """Entry point of the process: the grade, or why there is none, as one line of JSON."""
    run = RunDir(Path(sys.argv[1]))
    answer: dict[str, Any]
    try:
        answer = grade(run).plain()
    except TutorError as error:
        answer = {"what": error.what, "todo": error.todo}
    except Exception as error:  # artefacts can be edited into anything; the learner gets a sentence about it
        traceback.print_exc()
        what = f"The artefacts of {run.id} cannot be judged: {type(error).__name__}: {error}".splitlines()[0]
        answer = {"what": what, "todo": "Run the lab again; what it writes can be judged."}
    print(json.dumps(answer, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
