"""One question with options; a wrong answer can be tried again."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tutor.course.lesson import Quiz
from tutor.widgets.lesson.live import LiveGroup
from tutor.widgets.lesson.trace import Trace


class QuizBox(LiveGroup):
    """Enter answers with the option under the cursor."""

    class Solved(Message):
        """The right option was chosen."""

        def __init__(self, quiz: Quiz) -> None:
            super().__init__()
            self.quiz = quiz

    def __init__(self, quiz: Quiz) -> None:
        super().__init__()
        self._quiz = quiz

    def compose(self) -> ComposeResult:
        """Question, options, why."""
        yield Static(Content.assemble(("Quiz  ", "bold $operation"), self._quiz.question), markup=False)
        yield OptionList(*(Option(text) for text in self._quiz.options), markup=False)
        yield Static(classes="answer", markup=False)

    def show(self, trace: Trace) -> None:
        """Nothing here comes from the trace."""

    @on(OptionList.OptionSelected)
    def _answer(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        right = event.option_index == self._quiz.answer - 1
        says = ("Right. ", "bold $trainable") if right else ("Not that one; try again.", "$problem")
        self.query_one(".answer", Static).update(Content.assemble(says, self._quiz.why if right else ""))
        if right:
            self.post_message(self.Solved(self._quiz))
