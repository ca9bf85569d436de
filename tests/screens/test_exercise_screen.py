"""An exercise on the screen: written here or elsewhere, checked beside the screen, never lost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, wait_until
from tests.course.exercise_toy import SOLUTION, START, make_toy
from tutor.app import TutorApp
from tutor.course.exercises.desk import Desk
from tutor.course.exercises.exercise import Exercise, find_exercise
from tutor.screens import navigation
from tutor.screens.confirm import Confirm
from tutor.screens.exercise import ExerciseScreen
from tutor.screens.map import MapScreen
from tutor.screens.solution import SolutionScreen
from tutor.widgets.codeeditor import CodeEditor
from tutor.widgets.coursetree import CourseTree

WRONG = START.replace("raise NotImplementedError", "return 3 * number")
ENDLESS = START.replace("raise NotImplementedError", "while True: pass")


@pytest.fixture
def toy(home: Path, tmp_path: Path) -> Exercise:
    return make_toy(tmp_path / "lessons")


@asynccontextmanager
async def opened(exercise: Exercise, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[Any], CodeEditor]]:
    app = TutorApp(fake_services())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        navigation.open_exercise(app, exercise)
        await wait_until(pilot, lambda: isinstance(app.screen, ExerciseScreen))
        await wait_until(pilot, lambda: app.screen.query_one(CodeEditor).text)
        yield pilot, app.screen.query_one(CodeEditor)


def says(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#says", Static).render())


async def test_what_is_typed_is_kept_and_checked(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        await pilot.press("e")
        code.text = WRONG
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "0 of 2 tests pass" in says(pilot))
        assert "double(1)" in says(pilot)
        assert Desk(toy).work.read_text() == WRONG
        code.text = SOLUTION
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "Passed" in says(pilot))
    record = Desk(toy).record()
    assert record.state == "passed"
    assert record.attempts == 2


async def test_a_save_from_outside_is_shown_and_checked(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        Desk(toy).work.write_text(SOLUTION)
        await wait_until(pilot, lambda: "Passed" in says(pilot))
        assert code.text == SOLUTION


async def test_a_save_from_outside_does_not_lose_what_was_just_written_here(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        code.text = WRONG
        Desk(toy).work.write_text(SOLUTION)
        await pilot.press("c")
        await wait_until(pilot, lambda: "Passed" in says(pilot))
        assert code.text == SOLUTION
    assert (Desk(toy).path / "work-1.py").read_text() == WRONG


async def test_what_is_written_is_kept_when_the_screen_or_the_course_is_left(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        code.text = WRONG
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, MapScreen)
        await wait_until(pilot, lambda: Desk(toy).work.read_text() == WRONG)
    async with opened(toy) as (pilot, code):
        assert code.text == WRONG
        code.text = SOLUTION
        pilot.app.exit()
    assert Desk(toy).work.read_text() == SOLUTION


async def test_the_screen_lives_on_while_a_check_runs_and_can_be_left(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        code.text = ENDLESS
        await pilot.press("c")
        assert "Checking" in says(pilot)
        await pilot.press("t")
        assert len(pilot.app.screen.query("#hints > *")) == 1
        assert "Checking" in says(pilot)


async def test_a_check_asked_for_during_another_comes_after_it(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        screen = pilot.app.screen
        assert isinstance(screen, ExerciseScreen)
        code.text = WRONG
        screen.action_check()
        code.text = SOLUTION
        for _ in range(3):
            screen.action_check()
        await wait_until(pilot, lambda: "Passed" in says(pilot))
    assert Desk(toy).record().attempts <= 2


async def test_hints_open_one_by_one_and_stay_open(toy: Exercise) -> None:
    async with opened(toy) as (pilot, _):
        for count in (1, 2, 3):
            await pilot.press("t")
            assert len(pilot.app.screen.query("#hints > *")) == count
        assert "t" not in pilot.app.screen.active_bindings
        await pilot.press("t")
    async with opened(toy) as (pilot, _):
        await wait_until(pilot, lambda: len(pilot.app.screen.query("#hints > *")) == 3)
    assert Desk(toy).record().hints == 3


async def test_the_solution_asks_before_it_is_recorded(toy: Exercise) -> None:
    async with opened(toy) as (pilot, _):
        await pilot.press("s")
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("n")
        assert Desk(toy).record().gave_up is None
        await pilot.press("s", "y")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, SolutionScreen))
        assert pilot.app.screen.query_one(CodeEditor).text == SOLUTION
        assert Desk(toy).record().gave_up == pilot.app.services.now()  # type: ignore[attr-defined]
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, ExerciseScreen)


async def test_after_passing_the_solution_just_opens(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        code.text = SOLUTION
        await pilot.press("c")
        await wait_until(pilot, lambda: "Passed" in says(pilot))
        await pilot.press("s")
        assert isinstance(pilot.app.screen, SolutionScreen)
    assert Desk(toy).record().gave_up is None


async def test_reset_keeps_the_old_file(toy: Exercise) -> None:
    async with opened(toy) as (pilot, code):
        code.text = WRONG
        await pilot.press("r", "y")
        await wait_until(pilot, lambda: code.text == START)
    assert (Desk(toy).path / "work-1.py").read_text() == WRONG


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_the_editor_takes_letters_and_gives_up_the_focus(toy: Exercise, size: tuple[int, int]) -> None:
    async with opened(toy, size) as (pilot, code):
        await pilot.press("e")
        assert code.has_focus
        assert not {"c", "t", "s", "o", "e", "question_mark"} & set(pilot.app.screen.active_bindings)
        await pilot.press("ctrl+home", *"cts")
        assert code.text.startswith("cts")
        await pilot.press("escape")
        assert pilot.app.focused is pilot.app.screen.query_one("#task")
        assert pilot.app.screen.query_one("#task").display
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, MapScreen)


async def test_without_an_editor_a_sentence_says_so(toy: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with opened(toy) as (pilot, _):
        await pilot.press("o")  # this terminal cannot be handed over at all
        await pilot.pause()
        assert str(Desk(toy).work) in next(iter(pilot.app._notifications)).message


async def test_the_map_leads_to_an_exercise_and_shows_its_state(home: Path) -> None:
    exercise = find_exercise("sampler")
    app = TutorApp(fake_services())
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.pause()
        tree = app.screen.query_one(CourseTree)
        await wait_until(pilot, lambda: tree.cursor_node is not None)
        tree.go_to(exercise)
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ExerciseScreen))
        assert Desk(exercise).record().state == "started"
        await pilot.press("escape")
        await wait_until(pilot, lambda: tree.states.of(exercise) == "started")


def test_the_editor_is_the_one_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tutor.course.exercises.editor import edit

    file = tmp_path / "work.py"
    monkeypatch.setenv("EDITOR", f"{os.path.realpath('/bin/sh')} -c 'echo edited > \"$0\"'")
    monkeypatch.delenv("VISUAL", raising=False)
    edit(file)
    assert file.read_text() == "edited\n"
