"""Pictures of every screen, small and large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.app.app_fakes import RUN, fake_services, record_run, store_nano, wait_until
from tests.looks import looks, sizes
from tests.toy_course import half_way
from tutor.app import TutorApp
from tutor.course.exercises.exercise import find_exercise
from tutor.course.outline import load_outline
from tutor.errors import TutorError
from tutor.record.states import PASSED
from tutor.runs import store
from tutor.screens import navigation
from tutor.screens.chat import ChatScreen
from tutor.screens.confirm import Confirm
from tutor.screens.exercise import ExerciseScreen
from tutor.screens.lab import LabScreen
from tutor.screens.lesson import LessonScreen
from tutor.screens.solution import SolutionScreen
from tutor.themes import LIGHT
from tutor.widgets.chatpane import ChatPane
from tutor.widgets.chattalk import Talk
from tutor.widgets.coursetree import CourseTree
from tutor.widgets.runlist import RunList

Compare = Callable[..., bool]


def _screen(pilot: Pilot[Any], kind: type) -> Any:
    return pilot.app.screen if isinstance(pilot.app.screen, kind) else None


@looks
def test_map(snap_compare: Compare, home: Path, toy_course: Path, size: tuple[int, int]) -> None:
    record_run(home)
    half_way()

    async def before(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: pilot.app.screen.query(CourseTree))
        tree = pilot.app.screen.query_one(CourseTree)
        await wait_until(pilot, lambda: tree.states.labs == {"lab-lora-cli-help": PASSED} and tree.states.due)

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_help(snap_compare: Compare, toy_course: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, press=["question_mark"])


def _lesson(page: int) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        topic = load_outline().topic("1.3.2")
        assert topic is not None
        navigation.open_topic(pilot.app, topic, page)
        await wait_until(pilot, lambda: _screen(pilot, LessonScreen))
        trace = _screen(pilot, LessonScreen).session.trace
        await wait_until(pilot, lambda: trace.distribution or trace.error)

    return before


@sizes
@pytest.mark.parametrize("page", [0, 1, 2, 3, 4, 5, 6, 8, 10, 14])
def test_lesson(snap_compare: Compare, home: Path, size: tuple[int, int], page: int) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_lesson(page))


@sizes
def test_lesson_without_colours(
    snap_compare: Compare, home: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_lesson(4))


def test_lesson_in_light(snap_compare: Compare, home: Path) -> None:
    store_nano(home)

    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = LIGHT.name
        await _lesson(2)(pilot)

    assert snap_compare(TutorApp(fake_services()), terminal_size=(140, 45), run_before=before)


def test_an_engine_that_died_is_a_panel(snap_compare: Compare, home: Path) -> None:
    store_nano(home)
    error = TutorError(
        "The trace engine was killed by SIGKILL while it worked on the model nano.", "Take a smaller one."
    )
    assert snap_compare(TutorApp(fake_services(error)), terminal_size=(80, 24), run_before=_lesson(2))


@looks
def test_lab(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    record_run(home)

    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_lab(pilot.app, "lab-lora-cli-help")
        await wait_until(pilot, lambda: _screen(pilot, LabScreen))
        await pilot.press("down", "enter", *"x", "enter")
        await wait_until(pilot, lambda: pilot.app.screen.query_one(RunList).option_count)

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_exercise(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_exercise(pilot.app, find_exercise("sampler"))
        await wait_until(pilot, lambda: _screen(pilot, ExerciseScreen))
        await pilot.press("t", "e", "ctrl+s")
        await wait_until(pilot, lambda: "of 10 tests" in str(pilot.app.screen.query_one("#says", Static).render()))

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


async def _solution(pilot: Pilot[Any]) -> None:
    navigation.open_exercise(pilot.app, find_exercise("sampler"))
    await wait_until(pilot, lambda: _screen(pilot, ExerciseScreen))
    await pilot.press("s")
    await wait_until(pilot, lambda: _screen(pilot, Confirm))


@looks
def test_confirming(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_solution)


@looks
def test_the_solution(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await _solution(pilot)
        await pilot.press("y")
        await wait_until(pilot, lambda: _screen(pilot, SolutionScreen))

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_palette(snap_compare: Compare, toy_course: Path, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await pilot.press("ctrl+p")
        await wait_until(pilot, lambda: _screen(pilot, CommandPalette))
        await pilot.press(*"rank")
        palette = pilot.app.screen
        listed = palette.query_one("CommandList", OptionList)

        def searched() -> bool:
            workers = [worker for worker in pilot.app.workers if worker.node is palette]
            return bool(listed.option_count) and not any(worker.is_running for worker in workers)

        await wait_until(pilot, searched)

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_glossary(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, press=["g"])


def test_glossary_filtered(snap_compare: Compare) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=(80, 24), press=["g", *"layer"])


def _run(*keys: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_run(pilot.app, store.find(RUN))
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return before


@looks
@pytest.mark.parametrize("view", [0, 1, 2, 3])
def test_run(snap_compare: Compare, home: Path, size: tuple[int, int], view: int) -> None:
    record_run(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_run(*["v"] * view))


def test_a_run_that_died(snap_compare: Compare, home: Path) -> None:
    record_run(home, finished=False)
    assert snap_compare(TutorApp(fake_services()), terminal_size=(80, 24), run_before=_run())


@looks
def test_report(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    record_run(home)
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=_run("o"))


@looks
@pytest.mark.parametrize("versus", ["", "nano"], ids=["alone", "versus"])
def test_chat(snap_compare: Compare, home: Path, size: tuple[int, int], versus: str) -> None:
    store_nano(home)

    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_chat(pilot.app, "nano", versus or None)
        await wait_until(pilot, lambda: _screen(pilot, ChatScreen))
        await pilot.press(*"add?", "enter")
        panes = [pane for pane in pilot.app.screen.query(ChatPane) if pane.model]
        await wait_until(pilot, lambda: all(len(pane.turns) == 2 for pane in panes))
        talks = [pane.query_one(Talk) for pane in panes]
        await wait_until(pilot, lambda: all(talk.scroll_y == talk.max_scroll_y for talk in talks))
        await pilot.pause(0.3)  # the Markdown's blocks are laid out by a timer of Textual's own
        await wait_until(pilot, lambda: all(talk.scroll_y == talk.max_scroll_y for talk in talks))

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)


@looks
def test_model_picker(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    store_nano(home)

    async def before(pilot: Pilot[Any]) -> None:
        navigation.open_chat(pilot.app, "nano")
        await wait_until(pilot, lambda: _screen(pilot, ChatScreen))
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: pilot.app.screen.query("#models"))
        menu = pilot.app.screen.query_one("#models", OptionList)
        await wait_until(pilot, lambda: "✓" in str(menu.get_option_at_index(2).prompt))

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)
