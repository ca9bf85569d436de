"""The ways from screen to screen. Each screen's module is imported when it is first opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen

from tutor.errors import TutorError

if TYPE_CHECKING:
    from tutor.course.exercises.exercise import Exercise
    from tutor.course.outline import Topic
    from tutor.runs.config import Lab
    from tutor.runs.store import RunDir
    from tutor.screens.corpus_review import Sample
    from tutor.screens.run_state import RunState


def open_topic(app: App[None], topic: Topic, page: int | None = None) -> None:
    """The lesson of `topic`, at `page` or where the learner stopped."""
    from tutor.course.lesson import load_lesson
    from tutor.screens.lesson import LessonScreen

    if topic.file is None:
        app.notify("This lesson is not written yet.", markup=False)
        return
    try:
        lesson = load_lesson(topic.file)
    except TutorError as error:
        app.notify(error.todo, title=error.what, severity="error", markup=False)
        return
    _show(app, LessonScreen(lesson, page))


def open_lab(app: App[None], name: str) -> None:
    """The form of a lab, with its earlier runs."""
    from tutor.runs.config import load_lab
    from tutor.screens.lab import LabScreen

    try:
        lab = load_lab(name)
    except TutorError:
        app.notify("The recipe of this lab is not written yet.", markup=False)
        return
    _show(app, LabScreen(lab))


def open_exercise(app: App[None], exercise: Exercise) -> None:
    """The task of an exercise, and the learner's code."""
    from tutor.screens.exercise import ExerciseScreen

    _show(app, ExerciseScreen(exercise))


def open_run(app: App[None], run: RunDir) -> None:
    """A run, live or as it ended."""
    from tutor.screens.run import RunScreen

    _show(app, RunScreen(run))


def open_report(app: App[None], run: RunDir) -> None:
    """A run's report."""
    from tutor.screens.report import ReportScreen

    _show(app, ReportScreen(run.report.read_text(), "Runs", run.id, "Report"))


def open_briefing(app: App[None], lab: Lab) -> None:
    """What a lab is about."""
    from tutor.screens.briefing import BriefingScreen

    _show(app, BriefingScreen(lab))


def open_recipe_diff(app: App[None], lab: Lab) -> None:
    """A lab's recipe against that of another."""
    from tutor.screens.recipe_diff import RecipeDiffScreen

    _show(app, RecipeDiffScreen(lab))


def open_pairs(app: App[None], run: RunDir) -> None:
    """The pairs of a preference run, token by token."""
    from tutor.screens.pairs import PairsScreen

    _show(app, PairsScreen(run))


def open_compare(app: App[None], run: RunDir) -> None:
    """A run beside others, which are chosen there."""
    from tutor.screens.compare import CompareScreen

    _show(app, CompareScreen(run))


def open_grade(app: App[None], run: RunDir) -> None:
    """The questions about a run, and its grade."""
    from tutor.screens.grade import GradeScreen

    _show(app, GradeScreen(run))


def open_attention(app: App[None], run: RunDir) -> None:
    """The attention maps that a run left behind."""
    from tutor.screens.attention import AttentionScreen

    _show(app, AttentionScreen(run))


def open_scrubber(app: App[None], run: RunDir, state: RunState) -> None:
    """The checkpoints of a run, and what it would have answered at each."""
    from tutor.screens.scrubber import ScrubberScreen

    _show(app, ScrubberScreen(run, state))


def open_corpus(app: App[None], directory: Path) -> None:
    """The rows of a corpus."""
    from tutor.screens.corpus_browser import CorpusBrowserScreen

    _show(app, CorpusBrowserScreen(directory))


def open_corpus_thresholds(app: App[None], directory: Path) -> None:
    """The thresholds of a corpus, to be moved."""
    from tutor.screens.corpus_thresholds import CorpusThresholdsScreen

    _show(app, CorpusThresholdsScreen(directory))


def open_corpus_review(app: App[None], directory: Path, sample: Sample | None = None) -> None:
    """Rows of a corpus, to be judged."""
    from tutor.screens.corpus_review import CorpusReviewScreen, Sample

    _show(app, CorpusReviewScreen(directory, sample or Sample()))


def open_chat(app: App[None], left: str | None = None, right: str | None = None) -> None:
    """The chat, with `left` and `right` (model names as `tutor chat` takes them) chosen."""
    from tutor.screens.chat import ChatScreen

    _show(app, ChatScreen(left, right))


def open_glossary(app: App[None], find: str = "") -> None:
    """The glossary, with `find` in its field."""
    from tutor.screens.glossary import GlossaryScreen

    try:
        _show(app, GlossaryScreen(find))
    except TutorError as error:
        app.notify(error.todo, title=error.what, severity="error", markup=False)


def open_progress(app: App[None]) -> None:
    """What is done, due and mastered."""
    from tutor.screens.progress import ProgressScreen

    _show(app, ProgressScreen())


def open_tour(app: App[None]) -> None:
    """The course map, and the tour beside it."""
    open_map(app)
    app.call_later(app.screen.run_action, "tour")


def open_settings(app: App[None]) -> None:
    """How the app draws."""
    from tutor.screens.settings import SettingsScreen

    _show(app, SettingsScreen())


def open_map(app: App[None]) -> None:
    """The course map, below everything else."""
    while len(app.screen_stack) > 1:
        app.pop_screen()


def _show(app: App[None], screen: Screen[None]) -> None:
    app.push_screen(screen)
