"""Commit to a number, then see the real one."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tutor.course.lesson import Prediction
from tutor.widgets.lesson.live import LiveGroup, waiting
from tutor.widgets.lesson.trace import LIVE_VALUES, Trace


class PredictionBox(LiveGroup):
    """A question with a field; the value comes from the trace, not from the lesson's file."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        self._prediction = prediction
        self._guess: float | None = None
        self._last = Trace()

    def compose(self) -> ComposeResult:
        """Question, field, answer."""
        yield Static(Content.assemble(("Predict  ", "bold $operation"), self._prediction.question), markup=False)
        field = Input(placeholder="a number, then Enter", classes="field", type="number", compact=True)
        field.cursor_blink = False
        yield field
        yield Static(classes="answer", markup=False)

    def show(self, trace: Trace) -> None:
        """The trace may have come, or changed, after the guess."""
        self._last = trace
        self._reveal()

    @on(Input.Submitted)
    def _commit(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self._guess = float(event.value)
        except ValueError:
            self.query_one(".answer", Static).update(Content.styled("That is not a number.", "$problem"))
            return
        self._reveal()

    def _reveal(self) -> None:
        if self._guess is None:
            return
        answer = self.query_one(".answer", Static)
        if not self._last.report:
            answer.update(waiting(self._last))
            return
        truth = LIVE_VALUES[self._prediction.value](self._last)
        answer.update(
            Content.assemble(
                verdict(self._guess, truth),
                (f"\n{self._prediction.after}", "$foreground"),
                (f"\n{self._last.provenance}", "$faint"),
            )
        )


def verdict(guess: float, truth: float) -> Content:
    """How far off a guess was."""
    shown = f"{truth:,.0f}" if float(truth).is_integer() else f"{truth:,.2f}"
    if guess == truth:
        return Content.assemble((f"{shown}. Exactly.", "bold $trainable"))
    off = f"You said {guess:,g}."
    if truth and guess > 0 and not 0.1 < guess / truth < 10:
        off += f" That is off by a factor of {max(guess / truth, truth / guess):,.0f}."
    return Content.assemble(("It is ", "$foreground"), (shown, "bold $activation"), (f".  {off}", "$foreground"))
