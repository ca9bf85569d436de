"""The checks of a lesson, asked and answered in lines."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tutor.course.blocks import Ask, Bug, Check, Fact, Prediction, Quiz
from tutor.course.questions import (
    Question,
    arguments_of,
    bug_question,
    fact_question,
    fill,
    is_right,
    lookup,
    nearness,
    quiz_question,
)
from tutor.linear.speech import Speech
from tutor.screens.lesson_record import LessonRecord
from tutor.widgets.lesson.prediction import verdict
from tutor.widgets.lesson.questionbox import KICKERS, words
from tutor.widgets.lesson.trace import LIVE_VALUES, Trace

Answers = Callable[[Ask, dict[str, Any]], dict[str, Any]]
"""Asks an engine and waits for the answer."""

HOW = {
    "single": "Type its number.",
    "multiple": "Type the numbers of all that are right, with blanks between them.",
    "order": "Type the numbers in the right order, with blanks between them.",
    "match": "Type for each row the letter of its partner, with blanks between them.",
}
SKIP = "An empty line leaves it for later."


class Checker:
    """Asks the checks of one lesson and keeps the answers."""

    def __init__(self, speech: Speech, record: LessonRecord, answers: Answers, trace: Callable[[], Trace]) -> None:
        self._speech = speech
        self._record = record
        self._answers = answers
        self._trace = trace

    def ask(self, check: Check) -> None:
        """Ask until it is answered, or left for later."""
        if isinstance(check, Prediction):
            self._predict(check)
        else:
            while not self._question(check):
                pass

    def _predict(self, check: Prediction) -> None:
        rng = random.Random(f"{check.id} {self._record.tries(check.id)}")
        arguments = arguments_of(check.ask, rng) if check.ask else {}
        self._speech.say(f"Predict: {fill(check.question, arguments)}")
        guess = self._guess(check)
        if guess is None:
            return
        if check.ask:
            answer = self._answers(check.ask, arguments)
            truth, after = lookup(answer, check.value), fill(check.after, answer)
        else:
            truth, after = LIVE_VALUES[check.value](self._trace()), check.after
        self._speech.say(verdict(guess, truth, check.unit))
        self._speech.say(after)
        if isinstance(guess, str):
            right, score = guess == str(truth), float(guess == str(truth))
        else:
            right, score = is_right(check, guess, float(truth)), nearness(guess, float(truth))
        self._record.answered(check, right, score, {"asked": check.question, "said": guess, "true": truth})

    def _guess(self, check: Prediction) -> float | str | None:
        for number, option in enumerate(check.options, 1):
            self._speech.say(f"  {number}. {option}")
        while line := self._speech.ask(f"Your prediction? {SKIP}"):
            try:
                return check.options[int(line) - 1] if check.options else float(line)
            except (ValueError, IndexError):
                self._speech.say("That is not one of the numbers." if check.options else "That is not a number.")
        return None

    def _question(self, check: Quiz | Fact | Bug) -> bool:
        """Ask once; whether it need not be asked again now."""
        rng = random.Random(f"{check.id} {self._record.tries(check.id)}")
        question = self._posed(check, rng)
        self._read_out(check, question)
        said = self._said(question)
        if said is None:
            return True
        score = question.judge(said)
        detail: dict[str, object] = {
            "asked": question.text,
            "said": words(question, said),
            "true": words(question, question.right),
        }
        self._record.answered(check, score == 1, score, detail)
        if score == 1 or isinstance(check, Fact):
            right = "Right." if score == 1 else f"Computed here: {question.options[question.right[0]]}."
            self._speech.tell(f"{right} {question.why}")
            for holds, name, value in question.cases:
                self._speech.say(f"  {name}: {value} ({'it holds' if holds else 'it does not hold'})")
            return True
        self._speech.say("Not yet. Here it is again, asked anew.\n")
        return False

    def _posed(self, check: Quiz | Fact | Bug, rng: random.Random) -> Question:
        arguments = arguments_of(check.ask, rng) if check.ask else {}
        if isinstance(check, Bug):
            fault = rng.choice(check.faults)[0]
            answer = self._answers(check.ask, arguments | {"fault": fault})
            for line in lookup(answer, "evidence"):
                self._speech.say(str(line))
            return bug_question(check, fault, random.Random(rng.random()))
        answer = self._answers(check.ask, arguments) if check.ask else {}
        return fact_question(check, answer) if isinstance(check, Fact) else quiz_question(check, answer, rng)

    def _read_out(self, check: Quiz | Fact | Bug, question: Question) -> None:
        self._speech.say(f"{KICKERS[type(check)]}: {question.text}")
        if isinstance(check, Fact):
            self._speech.say(f"({check.source}. What do you think?)")
        for number, option in enumerate(question.options, 1):
            self._speech.say(f"  {number}. {option}")
        for number, partner in enumerate(question.partners):
            self._speech.say(f"  {chr(ord('a') + number)}) {partner}")

    def _said(self, question: Question) -> list[int] | None:
        while line := self._speech.ask(f"{HOW[question.kind]} {SKIP}"):
            said = read_answer(question, line.split())
            if said is not None:
                return said
            self._speech.say("That does not fit: " + HOW[question.kind])
        return None


def read_answer(question: Question, typed: Sequence[str]) -> list[int] | None:
    """Places from 0 that a typed answer names; None where it names none, or not as many as the question needs."""
    if question.kind == "match":
        places = [ord(word.lower()) - ord("a") if len(word) == 1 else -1 for word in typed]
        fits = len(places) == len(question.options) and all(0 <= place < len(question.partners) for place in places)
        return places if fits else None
    places = [int(word) - 1 if word.isdecimal() else -1 for word in typed]
    if len(set(places)) < len(places) or not all(0 <= place < len(question.options) for place in places):
        return None
    wanted = {"single": len(places) == 1, "order": len(places) == len(question.options)}
    return places if places and wanted.get(question.kind, True) else None
