"""After a run: questions made of its own numbers, and its grade."""

from __future__ import annotations

import asyncio
import subprocess

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from tutor import paths
from tutor.errors import TutorError
from tutor.questions import Judged
from tutor.runs import grading, study
from tutor.runs.grading import Criterion, Grade
from tutor.runs.lines import number
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.text import clean_text
from tutor.widgets.questionlist import MARKS, QuestionList, verdict

STATES = {"passed": ("Passed", "$trainable"), "failed": ("Not passed", "$problem"), "open": ("Open", "$operation")}


class GradeScreen(TutorScreen):
    """Asks, keeps the answers, and lets the run be graded in a process of its own."""

    CSS_PATH = str(paths.assets_dir() / "questions.tcss")
    AUTO_FOCUS = "QuestionItem OptionList, QuestionItem Input"
    HELP = """\
Questions about this run, made of its own numbers: look them up in its report, its maps and its results. **Enter**
answers one and goes on, **Tab** goes on without. The first answer that you hand in counts; another run asks anew.

The grade is computed from the files that the run left behind, each time anew.
"""

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run
        self._asked = study.asked(run)
        self._grading: subprocess.Popen[str] | None = None

    def body(self) -> ComposeResult:
        """What is known above, the questions below."""
        yield QuestionList(self._asked, "Hand in")

    @property
    def _list(self) -> QuestionList:
        return self.query_one(QuestionList)

    def on_mount(self) -> None:
        """Answers that were given before stay."""
        self.title_bar.go("Runs", self._run.id, "Questions")
        self._list.say_before(Content.styled("Answer from the report, the maps and the numbers of this run.", "$muted"))
        self._close_answered()
        if study.answers(self._run):
            self._ask_for_grade()

    def _close_answered(self) -> None:
        given = study.answers(self._run)
        self._list.settle({each.id: Judged(each, given[each.id], None) for each in self._asked if each.id in given})

    @on(QuestionList.HandedIn)
    def _hand_in(self) -> None:
        before = study.answers(self._run)
        try:
            study.answer(self._run, {name: said for name, said in self._list.answers.items() if name not in before})
        except TutorError as error:
            self.complain(error)
            return
        self._close_answered()
        self._ask_for_grade()

    @work(exclusive=True, group="grade")
    async def _ask_for_grade(self) -> None:
        self.title_bar.under_way("grading")
        self._grading = grading.start(self._run)
        try:
            grade = await asyncio.to_thread(grading.result, self._run, self._grading)
        except TutorError as error:
            self.complain(error)
        else:
            self._show(grade)
        self.title_bar.under_way("")

    def on_unmount(self) -> None:
        """Nobody waits for the grade any more."""
        if self._grading is not None:
            self._grading.kill()

    def _show(self, grade: Grade) -> None:
        answered = [each for each in grade.answers if each.given is not None]
        self._list.settle({each.question.id: each for each in answered})
        self._list.say_before(grade_content(grade))
        self._list.scroll_home(animate=False)


def grade_content(grade: Grade) -> Content:
    """The criteria, then the predictions."""
    word, style = STATES[grade.state]
    lines = [Content.styled(word, f"bold {style}"), *map(_criterion, grade.criteria)]
    if grade.predictions:
        lines += [Content(), Content.styled("What you predicted", "bold")]
    for each in grade.predictions:
        lines += [Content(clean_text(each.question.text)), verdict(each)]
    return Content("\n").join([*lines, Content(), Content.styled("Your answers", "bold")])


def _criterion(criterion: Criterion) -> Content:
    glyph, style = MARKS[criterion.passed] if criterion.passed is not None else ("○ ", "$muted")
    value = clean_text(number(criterion.value, ""))
    return Content.assemble(
        (glyph, style), clean_text(criterion.name), (f"  {value}, wanted {clean_text(criterion.wanted)}", "$muted")
    )
