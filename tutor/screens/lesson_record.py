"""What is kept of a lesson: the place, what was set and typed, the answers; and when it is passed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tutor.course.blocks import Bug, Check, Fact, Prediction, Quiz
from tutor.course.lesson import LessonText
from tutor.course.progress import Attempt, Place, Progress

KINDS: dict[type, str] = {Prediction: "predict", Quiz: "quiz", Fact: "fact", Bug: "bug"}


class LessonRecord:
    """One lesson in the learner's progress."""

    def __init__(self, progress: Progress, lesson: LessonText) -> None:
        self._progress = progress
        self._lesson = lesson
        self._tries = Counter(attempt.check for attempt in progress.attempts(lesson.id))
        self._solved = progress.solved(lesson.id)
        self._inputs = progress.inputs(lesson.id)
        progress.start(lesson.id)

    def place(self) -> int:
        """The page where the learner stopped, counted from 0."""
        place = self._progress.place()
        return place.page if place and place.topic == self._lesson.id else 0

    def tries(self, check: str) -> int:
        """How often a check was answered."""
        return self._tries[check]

    def inputs(self, page: int) -> dict[str, Any]:
        """What was set and typed on a page."""
        return self._inputs.get(page, {})

    def keep_inputs(self, page: int, inputs: dict[str, Any]) -> None:
        """Remember what was set and typed on a page."""
        if inputs != self.inputs(page):
            self._inputs[page] = inputs
            self._progress.keep_inputs(self._lesson.id, page, inputs)

    def answered(self, block: Check, right: bool, score: float, detail: dict[str, object]) -> None:
        """Keep an answer to a check."""
        kind = KINDS[type(block)]
        self._progress.record(Attempt(self._lesson.id, block.id, kind, block.objective, right, score, detail))
        self._tries[block.id] += 1
        if right:
            self._solved.add(block.id)

    def open_checks(self) -> list[Check]:
        """What has to be done to pass: quizzes and bugs until they are right, the other checks once."""
        return [
            check
            for check in self._lesson.checks()
            if (check.id not in self._solved if isinstance(check, Quiz | Bug) else not self._tries[check.id])
        ]

    def reached(self, page: int) -> None:
        """Remember the place; the last page passes the lesson, when nothing is open."""
        self._progress.keep_place(Place(self._lesson.id, page))
        if page == len(self._lesson.pages) - 1 and not self.open_checks():
            self._progress.finish(self._lesson.id)
