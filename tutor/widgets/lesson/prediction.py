"""Commit to a number or a choice, then see the real one."""

from __future__ import annotations

import random
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tutor.course.blocks import Prediction
from tutor.course.questions import arguments_of, fill, is_right, lookup, nearness
from tutor.widgets.figures.base import source_line
from tutor.widgets.lesson.asking import Asking
from tutor.widgets.lesson.live import waiting
from tutor.widgets.lesson.trace import LIVE_VALUES, Trace


class PredictionBox(Asking):
    """A question with a field or a list; the value comes from the engine, not from the lesson's file."""

    class Committed(Message):
        """The learner committed, and the real value is known."""

        def __init__(self, block: Prediction, right: bool, score: float, detail: dict[str, object]) -> None:
            super().__init__()
            self.block = block
            self.right = right
            self.score = score
            self.detail = detail

    def __init__(self, prediction: Prediction, tries: int = 0) -> None:
        """Args: tries: how often it was answered before; each try may have other arguments."""
        super().__init__()
        self._prediction = prediction
        self._arguments: dict[str, Any] = {}
        if prediction.ask is not None:
            self._arguments = arguments_of(prediction.ask, random.Random(f"{prediction.id} {tries}"))
        self._guess: float | str | None = None
        self._last = Trace()
        self._told = False

    def compose(self) -> ComposeResult:
        """Question, field or options, answer."""
        question = fill(self._prediction.question, self._arguments)
        yield Static(Content.assemble(("Predict  ", "bold $operation"), question), classes="question", markup=False)
        if self._prediction.options:
            yield OptionList(*(Option(text) for text in self._prediction.options), markup=False)
        else:
            field = Input(placeholder="a number, then Enter", classes="field", type="number", compact=True)
            field.cursor_blink = False
            yield field
        yield self.status()
        yield Static(classes="answer", markup=False)

    def on_mount(self) -> None:
        """Nothing to say yet."""
        self.query_one(".status").display = False

    def show(self, trace: Trace) -> None:
        """The trace may have come, or changed, after the guess."""
        self._last = trace
        if self._prediction.ask is None:
            self._reveal_trace()

    @on(Input.Submitted)
    def _commit_number(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self._commit(float(event.value))
        except ValueError:
            self.query_one(".answer", Static).update(Content.styled("That is not a number.", "$problem"))

    @on(OptionList.OptionSelected)
    def _commit_choice(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._commit(self._prediction.options[event.option_index])

    def _commit(self, guess: float | str) -> None:
        self._guess, self._told = guess, False
        if (ask := self._prediction.ask) is not None:
            self.ask(ask.role, ask.method, self._arguments)
        else:
            self._reveal_trace()

    def answered(self, answer: dict[str, Any], seconds: float, done: bool) -> None:
        """The real value has come."""
        if done:
            after = fill(self._prediction.after, answer)
            self._reveal(lookup(answer, self._prediction.value), after, source_line(answer, seconds))

    def _reveal_trace(self) -> None:
        if self._guess is None:
            return
        if not self._last.report:
            self.query_one(".answer", Static).update(waiting(self._last))
            return
        truth = LIVE_VALUES[self._prediction.value](self._last)
        self._reveal(truth, self._prediction.after, Content.styled(self._last.provenance, "$faint"))

    def _reveal(self, truth: Any, after: str, source: Content) -> None:
        assert self._guess is not None
        says = verdict(self._guess, truth, self._prediction.unit)
        self.query_one(".answer", Static).update(Content.assemble(says, (f"\n{after}\n", "$foreground"), source))
        if self._told:
            return
        self._told = True
        if isinstance(self._guess, float):
            right, score = is_right(self._prediction, self._guess, float(truth)), nearness(self._guess, float(truth))
        else:
            right = self._guess == str(truth)
            score = float(right)
        detail: dict[str, object] = {"asked": self._prediction.question, "said": self._guess, "true": truth}
        self.post_message(self.Committed(self._prediction, right, score, detail))


def verdict(guess: float | str, truth: Any, unit: str = "") -> Content:
    """How far off a guess was."""
    if isinstance(guess, str):
        if guess == str(truth):
            return Content.styled(f"{truth}. Exactly.", "bold $trainable")
        return Content.assemble("It is ", (str(truth), "bold $activation"), f".  You said {guess}.")
    number = float(truth)
    shown = (
        f"{number:,.0f}" if number.is_integer() else f"{number:,.3g}" if abs(number) < 10 else f"{number:,.2f}"
    ) + unit
    if guess == truth:
        return Content.styled(f"{shown}. Exactly.", "bold $trainable")
    off = f"You said {guess:,g}{unit}."
    if number > 0 and guess > 0 and not 0.1 < guess / number < 10:
        off += f" That is off by a factor of {max(guess / number, number / guess):,.0f}."
    return Content.assemble(("It is ", "$foreground"), (shown, "bold $activation"), (f".  {off}", "$foreground"))
