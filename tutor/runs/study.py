"""What a learner does around a run: read the briefing, predict, answer, find a planted fault.

A lab declares it beside its options: `[[prediction]]`, `[drill]` and `[grade]` in its `.toml`, the briefing in its
`.md`. `docs/labs.md` is the reference.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tutor.errors import UsageError, nearest
from tutor.files import write_whole
from tutor.questions import Question
from tutor.runs.config import Lab, load_lab
from tutor.runs.store import RunDir

ANY = "any"
"""The value of a lab's option `drill` that plants one of its faults without saying which."""
DIAGNOSIS = "diagnosis"
"""Id of the one question that a run with a planted fault asks."""
QUIZ, ANSWERS = "quiz.json", "answers.json"


@dataclass(frozen=True)
class Study:
    """What surrounds the runs of one lab."""

    briefing: str
    """Markdown; empty where the lab has none."""
    predictions: list[Question]
    """To be answered before a run; what is right, the run finds out."""
    drills: dict[str, str]
    """Faults that the lab can plant, with what they are."""
    questions_wanted: float
    """Share of a run's questions that must be answered rightly."""
    drills_wanted: int
    """Different faults that must have been found, over all runs of the lab."""


def load_study(lab: Lab) -> Study:
    """The study around `lab`."""
    declared = tomllib.loads(lab.recipe.with_suffix(".toml").read_text())
    briefing, wanted = lab.recipe.with_suffix(".md"), declared.get("grade", {})
    return Study(
        briefing=briefing.read_text() if briefing.is_file() else "",
        predictions=[Question(**table) for table in declared.get("prediction", [])],
        drills=declared.get("drill", {}),
        questions_wanted=float(wanted.get("questions", 1.0)),
        drills_wanted=int(wanted.get("drills", 0)),
    )


def parse_predictions(lab: Lab, assignments: Iterable[str]) -> dict[str, str]:
    """`["cache=3", "tokens=12"]` → what was predicted.

    Raises:
        UsageError: no `=`, or no question of that name.
    """
    return dict(_assignment(text, [question.id for question in load_study(lab).predictions]) for text in assignments)


def _assignment(text: str, known: Iterable[str]) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value:
        raise UsageError(f"{text!r} is no answer.", "Write it as NAME=ANSWER.")
    if name not in known:
        raise UsageError(f"There is no question called {name!r}.", nearest(name, known))
    return name, value


def planted(run: RunDir) -> str:
    """The fault planted in `run`, or '' for none. Under `any` the run's id decides, so that nobody need write it down.

    Raises:
        UsageError: the lab cannot plant that.
    """
    asked = str(run.config.get("drill", ""))
    faults = list(load_study(load_lab(run.lab)).drills)
    if asked == ANY:
        return faults[hashlib.sha256(run.id.encode()).digest()[0] % len(faults)]
    if asked and asked not in faults:
        raise UsageError(f"{run.lab} has no fault called {asked!r}.", nearest(asked, [*faults, ANY]))
    return asked


def asks_for_diagnosis(run: RunDir) -> bool:
    """Whether the learner is to find out what is wrong in this run."""
    return run.config.get("drill") == ANY


def diagnosis(run: RunDir) -> Question:
    """The question what is wrong with a run, with its answer."""
    faults = load_study(load_lab(run.lab)).drills
    text = "Something was broken on purpose in this run. What is it?"
    return Question(DIAGNOSIS, text, dict(faults), (planted(run),))


def ask(run: RunDir, questions: Iterable[Question]) -> None:
    """Leave the questions of a run for the learner (`quiz.json`), without their answers."""
    asked = [diagnosis(run)] if asks_for_diagnosis(run) else questions
    table = [question.without_answer() for question in asked]
    write_whole(run.path / QUIZ, json.dumps(table, indent=2, ensure_ascii=False) + "\n")


def asked(run: RunDir) -> list[Question]:
    """The questions of a run, without their answers; none while it has not come so far."""
    path = run.path / QUIZ
    return [Question(**table) for table in json.loads(path.read_text())] if path.is_file() else []


def answers(run: RunDir) -> dict[str, str]:
    """What the learner has answered, by question."""
    path = run.path / ANSWERS
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def answer(run: RunDir, given: Mapping[str, str]) -> None:
    """Keep answers to the run's questions. The first one to each question stays; a new run asks anew.

    Raises:
        UsageError: there is no such question or option, or it is answered already.
    """
    known, before = {question.id: question for question in asked(run)}, answers(run)
    if not known:
        raise UsageError(f"The run {run.id} asks nothing.", f"See how far it came: tutor runs show {run.id}")
    for name, value in given.items():
        _assignment(f"{name}={value}", known)
        if name in before:
            raise UsageError(f"{name} is answered: {before[name]}.", "The first answer counts; a new run asks anew.")
        options = known[name].options
        if options and value not in options:
            raise UsageError(f"{value!r} is not among the answers to {name}.", nearest(value, options))
    write_whole(run.path / ANSWERS, json.dumps(before | dict(given), indent=2, ensure_ascii=False) + "\n")
