"""Before a run: what the learner expects of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from tutor import paths
from tutor.questions import Question
from tutor.widgets.questionlist import QuestionList

WHY = (
    "Commit yourself before you know: a number that you expected otherwise is one that you remember. Right or wrong "
    "does not matter here. What you leave empty is not predicted."
)


class PredictScreen(ModalScreen[dict[str, str] | None]):
    """Ends with the predictions, or with None where the learner goes back."""

    CSS_PATH = str(paths.assets_dir() / "questions.tcss")
    AUTO_FOCUS = "QuestionItem OptionList, QuestionItem Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__()
        self._questions = questions

    def compose(self) -> ComposeResult:
        """The questions in a panel."""
        panel = QuestionList(self._questions, "Start the run")
        panel.border_title = "Predict"
        panel.border_subtitle = "Enter answers · Tab goes on · Esc goes back"
        yield panel

    def on_mount(self) -> None:
        """Say what this is for."""
        self.query_one(QuestionList).say_before(Content.styled(WHY, "$muted"))

    @on(QuestionList.HandedIn)
    def _done(self) -> None:
        self.dismiss(self.query_one(QuestionList).answers)
