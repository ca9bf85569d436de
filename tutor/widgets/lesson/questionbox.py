"""A quiz, a fact check or a hunt for a bug: one question with options, judged from live values."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tutor.course.blocks import Bug, Fact, Quiz
from tutor.course.questions import (
    Question,
    arguments_of,
    bug_question,
    fact_question,
    lookup,
    quiz_question,
)
from tutor.errors import TutorError
from tutor.text import clean_text
from tutor.widgets.lesson.asking import Asking

KICKERS = {Quiz: "Quiz", Fact: "Fact check", Bug: "Find the bug"}
HOW = {
    "single": "",
    "multiple": "Enter marks an option; several may be right.",
    "order": "Enter numbers the options, from the first to the last.",
    "match": "Enter changes the partner of a row.",
}
CHECK = "Check my answer"


class QuestionBox(Asking):
    """Asks for its live values, then the learner; a retry has other values and another order."""

    class Answered(Message):
        """The learner gave an answer."""

        def __init__(self, block: Quiz | Fact | Bug, score: float, detail: dict[str, object]) -> None:
            super().__init__()
            self.block = block
            self.score = score
            self.detail = detail

    def __init__(self, block: Quiz | Fact | Bug, tries: int = 0) -> None:
        """Args: tries: how often it was answered before; each try has another shuffle."""
        super().__init__()
        self._block = block
        self._tries = tries
        self._question: Question | None = None
        self._said: list[int] = []
        self._fault = ""

    def compose(self) -> ComposeResult:
        """Question, evidence, options, verdict."""
        yield Static(classes="question", markup=False)
        yield Static(classes="evidence", markup=False)
        yield OptionList(markup=False)
        yield self.status()
        yield Static(classes="answer", markup=False)

    def on_mount(self) -> None:
        """Get the live values."""
        self.query_one(OptionList).display = False
        self.query_one(".status").display = False
        self.query_one(".evidence").display = False
        self._begin_try()

    def _rng(self) -> random.Random:
        return random.Random(f"{self._block.id} {self._tries}")

    def _begin_try(self) -> None:
        ask, rng = self._block.ask, self._rng()
        self._question = None  # the one that is still shown has had its answer
        if ask is None:
            self._pose({})
            return
        params = arguments_of(ask, rng)
        if isinstance(self._block, Bug):
            self._fault = rng.choice(self._block.faults)[0]
            params["fault"] = self._fault
        self.ask(ask.role, ask.method, params)

    def answered(self, answer: dict[str, Any], seconds: float, done: bool) -> None:
        """The live values are there."""
        if done:
            self._pose(answer)

    def _pose(self, answer: dict[str, Any]) -> None:
        try:
            self._question = self._make(answer)
        except TutorError as error:
            self._say(Content.styled(str(error), "$problem"))
            return
        self._said = [0] * len(self._question.options) if self._question.kind == "match" else []
        self._show_question()
        if isinstance(self._block, Bug):
            lines = "\n".join(clean_text(str(line)) for line in lookup(answer, "evidence"))
            self.query_one(".evidence", Static).update(lines)
            self.query_one(".evidence").display = True
        self._show_options()

    def _make(self, answer: dict[str, Any]) -> Question:
        if isinstance(self._block, Quiz):
            return quiz_question(self._block, answer, self._rng())
        if isinstance(self._block, Fact):
            return fact_question(self._block, answer)
        return bug_question(self._block, self._fault, self._rng())

    def _show_question(self) -> None:
        assert self._question is not None
        text = f"“{self._question.text}”" if isinstance(self._block, Fact) else self._question.text
        parts: list[tuple[str, str]] = [(f"{KICKERS[type(self._block)]}  ", "bold $operation"), (text, "$foreground")]
        if isinstance(self._block, Fact):
            parts.append((f"\n{self._block.source}. What do you think?", "$muted"))
        if how := HOW[self._question.kind]:
            parts.append((f"\n{how}", "$muted"))
        self.query_one(".question", Static).update(Content.assemble(*parts))

    def _show_options(self) -> None:
        question, menu = self._question, self.query_one(OptionList)
        assert question is not None
        place = menu.highlighted
        menu.clear_options()
        menu.add_options([Option(row) for row in rows(question, self._said)])
        menu.display = True
        menu.highlighted = place if place is not None else 0

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        question, place = self._question, event.option_index
        if question is None:
            return
        if question.kind == "single":
            self._judge([place])
        elif place == len(question.options):
            self._judge(self._said)
        else:
            self._said = changed(question, self._said, place)
            self._show_options()

    def _judge(self, said: Sequence[int]) -> None:
        question = self._question
        assert question is not None
        if question.kind == "order" and len(said) < len(question.options):
            self._verdict("Give every option its number first.", "$operation")
            return
        score = question.judge(said)
        told = isinstance(self._block, Fact) or score == 1
        if score == 1:
            self._verdict("Right. ", "bold $trainable", question.why)
        elif told:
            self._verdict(f"Computed here: {question.options[question.right[0]]}. ", "bold $activation", question.why)
        else:
            part = f" {100 * score:.0f} % of it is right." if score > 0 else ""
            self._verdict(f"Not yet.{part} Here it is again, asked anew.", "$problem")
        detail: dict[str, object] = {"asked": question.text, "said": words(question, said),
                                     "true": words(question, question.right)}  # fmt: skip
        self.post_message(self.Answered(self._block, score, detail))
        if not told:
            self._tries += 1
            self._begin_try()

    def _verdict(self, text: str, style: str, why: str = "") -> None:
        lines = [Content.assemble((text, style), why)]
        if why and self._question is not None:
            lines += case_lines(self._question.cases)
        self.query_one(".answer", Static).update(Content("\n").join(lines))


def case_lines(cases: Sequence[tuple[bool, str, str]]) -> list[Content]:
    """What a slogan was judged by, a line for each case."""
    width = max((len(name) for _, name, _ in cases), default=0)
    marks = {True: ("✓ ", "$trainable"), False: ("✗ ", "$problem")}
    return [
        Content.assemble(marks[holds], (clean_text(name).ljust(width), "$muted"), f"  {clean_text(value)}")
        for holds, name, value in cases
    ]


def changed(question: Question, said: list[int], place: int) -> list[int]:
    """What is said after Enter on the option at `place`."""
    if question.kind == "match":
        return [(partner + 1) % len(question.partners) if n == place else partner for n, partner in enumerate(said)]
    return [other for other in said if other != place] if place in said else [*said, place]


def rows(question: Question, said: Sequence[int]) -> list[Content]:
    """The options as lines of the list."""
    if question.kind == "single":
        return [Content(option) for option in question.options]
    if question.kind == "match":
        width = max(len(option) for option in question.options)
        lines = [
            Content.assemble(option.ljust(width), ("  ▸ ", "$faint"), (question.partners[partner], "$activation"))
            for option, partner in zip(question.options, said, strict=True)
        ]
    else:
        lines = [
            Content.assemble((mark(question.kind, said, place), "$activation"), option)
            for place, option in enumerate(question.options)
        ]
    return [*lines, Content.styled(CHECK, "bold $primary")]


def mark(kind: str, said: Sequence[int], place: int) -> str:
    """What stands before an option: a tick, or its number in the order."""
    if kind == "multiple":
        return "[x] " if place in said else "[ ] "
    return f"{said.index(place) + 1}. " if place in said else "·  "


def words(question: Question, said: Sequence[int]) -> list[str]:
    """An answer in words."""
    if question.kind == "match":
        return [f"{option}: {question.partners[n]}" for option, n in zip(question.options, said, strict=True)]
    return [question.options[place] for place in said]
