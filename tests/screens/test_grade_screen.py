"""Predicting before a run, answering after it, and reading the grade, all in the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Markdown, Static

from tests.app.app_fakes import fake_services, wait_until
from tests.graded_lab import MakeRun
from tests.looks import looks
from tutor.app import TutorApp
from tutor.runs import store, study
from tutor.runs.store import RunDir
from tutor.screens.briefing import BriefingScreen
from tutor.screens.grade import GradeScreen
from tutor.screens.lab import LabScreen
from tutor.screens.navigation import open_grade, open_lab, open_run
from tutor.screens.predict import PredictScreen
from tutor.screens.run import RunScreen
from tutor.widgets.questionlist import QuestionItem, QuestionList

Compare = Callable[..., bool]


async def _predict(pilot: Pilot[Any]) -> None:
    open_lab(pilot.app, "lab-sheep")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, LabScreen))
    await pilot.press("s")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, PredictScreen))


def _text(pilot: Pilot[Any]) -> str:
    return "\n".join(str(each.content) for each in pilot.app.screen.query("QuestionList Static").results(Static))


@pytest.mark.usefixtures("graded_lab")
async def test_predictions_are_kept_before_the_run_begins() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _predict(pilot)
        await pilot.press(*"9", "enter", "down", "enter", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
        run = store.find("last")
        assert run.predictions == {"asleep": "9", "colour": "b"}
        await wait_until(pilot, lambda: not run.is_running() and app.screen.check_action("answer", ()))
        await pilot.press("a")
        await wait_until(pilot, lambda: isinstance(app.screen, GradeScreen))


@pytest.mark.usefixtures("graded_lab")
async def test_going_back_starts_nothing() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _predict(pilot)
        await pilot.press("9", "escape")
        await wait_until(pilot, lambda: isinstance(app.screen, LabScreen))
        assert store.all_runs() == []


async def test_answers_are_handed_in_once_and_graded(sheep_run: MakeRun) -> None:
    run = sheep_run({"asleep": "7", "colour": "b"})
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_grade(app, run)
        await wait_until(pilot, lambda: isinstance(app.screen, GradeScreen))
        await pilot.press(*"27", "enter", "down", "enter")
        assert study.answers(run) == {}  # nothing counts before it is handed in
        await pilot.press("shift+tab", "shift+tab", *"28", "enter", "tab", "enter")
        await wait_until(pilot, lambda: "✓" in _text(pilot))
        assert study.answers(run) == {"legs": "28", "sound": "b"}
        said = _text(pilot)
        assert "questions answered rightly  2 of 2" in said
        assert "You said 28. Four each." in said
        assert "You said black. It is white." in said
        assert not any(field.display for field in app.screen.query(Input))
        assert not app.screen.query_one("#hand-in").display
        assert app.screen.focused is app.screen.query_one(QuestionList)  # so that the keys scroll


async def test_what_was_answered_elsewhere_is_closed(sheep_run: MakeRun) -> None:
    run = sheep_run()
    study.answer(run, {"legs": "1"})
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_grade(app, run)
        await wait_until(pilot, lambda: "It is 28" in _text(pilot))
        open_items = [
            item for item in app.screen.query(QuestionItem) if item.query("OptionList, Input").first().display
        ]
        assert [item.question.id for item in open_items] == ["sound"]


async def test_leaving_while_it_is_graded_leaves_nothing_behind(sheep_run: MakeRun) -> None:
    run = sheep_run()
    study.answer(run, {"legs": "1", "sound": "b"})
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_grade(app, run)
        await wait_until(pilot, lambda: isinstance(app.screen, GradeScreen) and app.screen._grading)
        screen = app.screen
        assert isinstance(screen, GradeScreen)
        await pilot.press("escape")
        await wait_until(pilot, lambda: screen._grading is not None and screen._grading.poll() is not None)


async def test_a_drill_asks_what_was_broken(sheep_run: MakeRun) -> None:
    run = sheep_run(drill="any")
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_run(app, run)
        await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("a")
        await wait_until(pilot, lambda: app.screen.query(QuestionList) and "broken on purpose" in _text(pilot))


async def test_the_briefing_opens_from_the_lab(graded_lab: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_lab(app, "lab-sheep")
        await wait_until(pilot, lambda: isinstance(app.screen, LabScreen))
        await pilot.press("b")
        await wait_until(pilot, lambda: isinstance(app.screen, BriefingScreen))
        assert any("one by one" in page.source for page in app.screen.query(Markdown))


@looks
def test_picture_of_predicting(
    snap_compare: Compare, graded_lab: Path, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the recipe's path would say where the test runs

    async def before(pilot: Pilot[Any]) -> None:
        await _predict(pilot)
        await pilot.press(*"9", "enter", "down")

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_picture_of_a_grade(snap_compare: Compare, sheep_run: MakeRun, size: tuple[int, int]) -> None:
    made = sheep_run({"asleep": "7", "colour": "b"})
    run = RunDir(made.path.rename(made.path.with_name("sheep-20260801-120000-abcd")))
    study.answer(run, {"legs": "27"})

    async def before(pilot: Pilot[Any]) -> None:
        open_grade(pilot.app, run)
        await wait_until(pilot, lambda: "It is 28" in _text(pilot))

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)
