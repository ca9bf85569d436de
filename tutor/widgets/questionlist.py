"""Questions below each other, each with its options or a field; at the end a line that hands the answers in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tutor.questions import Judged, Question
from tutor.text import clean_text

MARKS = {True: ("✓ ", "$trainable bold"), False: ("✗ ", "$problem bold"), None: ("", "")}
CHOSEN, FREE = "● ", "○ "


class QuestionItem(Vertical):
    """One question. Enter takes the option under the cursor, or what is typed, and goes on to the next."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self._chosen: str | None = None

    def compose(self) -> ComposeResult:
        """Question, options or field, verdict."""
        yield Static(clean_text(self.question.text), classes="question", markup=False)
        if self.question.options:
            yield OptionList(*(Option(self._prompt(key), id=key) for key in self.question.options), markup=False)
        else:
            field = Input(placeholder="your answer", compact=True)
            field.cursor_blink = False
            yield field
        verdict = Static(classes="verdict", markup=False)
        verdict.display = False
        yield verdict

    def _prompt(self, key: str) -> str:
        return (CHOSEN if key == self._chosen else FREE) + clean_text(self.question.options[key])

    @property
    def answer(self) -> str:
        """What is answered so far; empty for nothing."""
        if self.question.options:
            return self._chosen or ""
        return self.query_one(Input).value.strip()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._chosen = event.option.id
        for key in self.question.options:
            event.option_list.replace_option_prompt(key, self._prompt(key))
        self.screen.focus_next()

    @on(Input.Submitted)
    def _go_on(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    def settle(self, judged: Judged) -> None:
        """Take no answer any more, and say what was right as far as that is known."""
        for field in self.query("OptionList, Input"):
            field.display = False
        says = self.query_one(".verdict", Static)
        says.update(verdict(judged))
        says.display = True


class QuestionList(VerticalScroll, can_focus=False):
    """Posts `HandedIn` when the last line is chosen."""

    class HandedIn(Message):
        """The learner has answered what there is to answer."""

    def __init__(self, questions: Sequence[Question], hand_in: str) -> None:
        """Args: hand_in: what the last line says."""
        super().__init__()
        self._questions, self._hand_in = questions, hand_in

    def compose(self) -> ComposeResult:
        """The questions, then the line."""
        yield Static(classes="before", markup=False)
        for question in self._questions:
            yield QuestionItem(question)
        yield OptionList(self._hand_in, id="hand-in", markup=False)

    @property
    def answers(self) -> dict[str, str]:
        """Everything that is answered, by question."""
        return {item.question.id: item.answer for item in self.query(QuestionItem) if item.answer}

    def settle(self, judged: Mapping[str, Judged]) -> None:
        """Close the questions that `judged` names; with all closed, nothing is left to hand in."""
        for item in self.query(QuestionItem):
            if found := judged.get(item.question.id):
                item.settle(found)
        self.query_one("#hand-in").display = len(judged) < len(self._questions)
        still_open = [field for field in self.query("OptionList, Input") if field.display]
        # With nothing to answer, the keys scroll.
        self.can_focus = not still_open
        if self.screen.focused is None or not self.screen.focused.display:
            (still_open[0] if still_open else self).focus()

    def say_before(self, text: Content) -> None:
        """Show `text` above the questions."""
        self.query_one(".before", Static).update(text)

    @on(OptionList.OptionSelected, "#hand-in")
    def _hand_in_now(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.HandedIn())


def verdict(judged: Judged) -> Content:
    """What was said, what is right, and why; only what was said while that is all there is."""
    question = judged.question
    if judged.given is None:
        return Content.styled("No answer.", "$muted")
    given = clean_text(question.says(judged.given))
    if judged.right is None:
        return Content.assemble("You said ", (given, "bold"), ".")
    right = "" if judged.right else f" It is {clean_text(question.says(question.answer[0]))}."
    return Content.assemble(
        MARKS[judged.right], f"You said {given}.{right}", (f" {clean_text(question.why)}", "$muted")
    )
