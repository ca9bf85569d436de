"""The map: reviews on a key, the tour that offers itself once, what a row says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, record_run, store_nano, wait_until
from tests.toy_course import NOW, answer, half_way
from tutor import paths
from tutor.app import TutorApp
from tutor.course.progress import Progress
from tutor.record.states import DUE, PASSED, Place
from tutor.screens.lesson import LessonScreen
from tutor.screens.map import MapScreen
from tutor.screens.palette import commands
from tutor.screens.progress import ProgressScreen
from tutor.screens.tour import STEPS, TourScreen
from tutor.widgets.coursetree import CourseTree
from tutor.widgets.keybar import KeyBar
from tutor.widgets.titlebar import TitleBar

pytestmark = pytest.mark.usefixtures("toy_course")


async def tree_of(pilot: Pilot[Any]) -> CourseTree:
    """The map's tree once all states are read."""
    await wait_until(pilot, lambda: pilot.app.screen.query(CourseTree))
    tree = pilot.app.screen.query_one(CourseTree)
    await wait_until(pilot, lambda: tree.states.exercises)
    return tree


def says(app: TutorApp, widget: str) -> str:
    return str(app.screen.query_one(widget, Static).render())


def keys(app: TutorApp) -> str:
    return app.screen.query_one(KeyBar).render().plain


def show(tree: CourseTree, place_id: str) -> None:
    tree.go_to(next(place for place in tree.places() if place.id == place_id))


async def test_review_opens_the_page_of_what_waits_longest(home: Path) -> None:
    store_nano(home)
    half_way()
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await tree_of(pilot)
        assert "Review" in keys(app)
        assert "r Review 3 checks" in says(app, "#next")
        assert "n Next 1.1.2" in says(app, "#next")
        first = next(place for place in tree.places() if place.id == "1.1.1")
        assert (tree.states.shown(first), tree.states.of(first)) == (DUE, PASSED)  # type: ignore[arg-type]
        await pilot.press("r")
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen))
        await wait_until(pilot, lambda: "2/2" in app.screen.query_one(TitleBar).render().plain)
        assert "1.1.1" in app.screen.query_one(TitleBar).render().plain


async def test_a_review_that_was_done_is_gone_when_one_comes_back() -> None:
    half_way()
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await tree_of(pilot)
        assert tree.states.due == {"1.1.1": 3}
        await pilot.press("p")
        await wait_until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.record)
        for check in ("weights", "vocabulary", "vector"):
            app.services.progress.record(answer("1.1.1", check, 1, True))
        await pilot.press("escape")
        await wait_until(pilot, lambda: not tree.states.due)
        assert "Review" not in keys(app)
        assert "Review" not in says(app, "#next")
        await pilot.press("r")
        assert isinstance(app.screen, MapScreen)


async def test_the_tour_offers_itself_until_it_was_taken_or_refused() -> None:
    for leave in (["enter"] * len(STEPS), ["enter", "escape"]):
        paths.progress_db().unlink(missing_ok=True)
        app = TutorApp(fake_services())
        async with app.run_test(size=(80, 24)) as pilot:
            tree = await tree_of(pilot)
            before = tree.cursor_node
            assert isinstance(app.screen, MapScreen)  # nothing opens by itself
            assert "Tour" in says(app, "#next")
            await pilot.press("t")
            assert isinstance(app.screen, TourScreen)
            await pilot.press(*leave)
            assert isinstance(app.screen, MapScreen)
            assert tree.cursor_node is before
            assert "Tour" not in says(app, "#next")
            app.services.progress.close()
        again = TutorApp(fake_services())
        async with again.run_test(size=(80, 24)) as pilot:
            await tree_of(pilot)
            assert "Tour" not in says(again, "#next")
            await pilot.press("t")  # but whoever asks for it gets it
            assert isinstance(again.screen, TourScreen)
            again.services.progress.close()


async def test_the_tour_goes_back_and_forth_and_points_at_rows() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await tree_of(pilot)
        await pilot.press("t")
        assert "Back" not in keys(app)
        pointed: list[Place | None] = []
        for number, step in enumerate(STEPS):
            assert step.title in says(app, "#tour-says")
            assert str(app.screen.query_one("#tour").border_subtitle) == f"{number + 1} of {len(STEPS)}"
            assert tree.cursor_node is not None
            assert isinstance(tree.cursor_node.data, step.about)
            pointed.append(tree.cursor_node.data)
            if number < len(STEPS) - 1:
                await pilot.press("enter")
        assert len(set(map(type, pointed))) == 4
        await pilot.press("b")
        assert STEPS[-2].title in says(app, "#tour-says")
        assert "Back" in keys(app)


async def test_whoever_started_is_offered_no_tour() -> None:
    half_way()
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await tree_of(pilot)
        assert "Tour" not in says(app, "#next")


async def test_the_palette_leads_to_progress_and_from_anywhere_to_the_tour() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await tree_of(pilot)
        found = {command.title: command for command in commands(app, app.screen)}
        found["Progress"].callback()
        await wait_until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        found["Tour"].callback()
        await wait_until(pilot, lambda: isinstance(app.screen, TourScreen))
        assert len(app.screen_stack) == 2


async def test_a_row_says_what_it_builds_on_and_locks_nothing(home: Path) -> None:
    half_way()
    app = TutorApp(fake_services())
    async with app.run_test(size=(140, 45)) as pilot:
        tree = await tree_of(pilot)
        show(tree, "1.2.1")
        await pilot.pause()
        about = says(app, "#about")
        assert "builds on ↻ 1.1.1, ◐ 1.1.2" in about
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen))


async def test_branches_say_what_is_left(home: Path) -> None:
    half_way()
    record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await tree_of(pilot)
        rows = {node.data.id: tree.render_label(node, tree.rich_style, tree.rich_style).plain for node in lines(tree)}
    assert rows["1.1"].endswith("10m left  1/2")
    assert rows["1"].endswith("1.8h left  2/5")
    assert rows["2"].endswith("… 0/2")


def lines(tree: CourseTree) -> list[Any]:
    return [node for module in tree.root.children for node in (module, *module.children)]


async def test_a_damaged_record_of_an_exercise_is_a_sentence(home: Path) -> None:
    half_way()
    (home / "exercises" / "toy" / "record.json").write_text("{")
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: [note for note in app._notifications if "cannot be read" in note.title])
        await pilot.press("p")
        await wait_until(pilot, lambda: len([n for n in app._notifications if "cannot be read" in n.title]) == 2)


@pytest.mark.parametrize("size", [(200, 50), (20, 5)])
async def test_progress_and_tour_bear_every_size(home: Path, size: tuple[int, int]) -> None:
    half_way()
    record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await tree_of(pilot)
        await pilot.press("p")
        await wait_until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.record)
        await pilot.resize_terminal(*size)
        await pilot.press("down", "escape", "t")
        for _ in STEPS:
            assert isinstance(app.screen, TourScreen)
            await pilot.press("enter")
        assert isinstance(app.screen, MapScreen)


async def test_the_report_is_written_and_its_place_told(home: Path) -> None:
    half_way()
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await tree_of(pilot)
        await pilot.press("p")
        await wait_until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.record)
        await pilot.press("e")
        (file,) = (home / "reports").glob("*.md")
        assert file.name == "progress-20260528-202640.md"
        assert "| 1.1.1 Parameters and memory | passed 2026-04-29 |" in file.read_text()
        assert [note for note in app._notifications if note.message == str(file)]


async def test_progress_that_was_imported_meanwhile_shows(home: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await tree_of(pilot)
        other = Progress(paths.progress_db(), lambda: NOW)
        other.finish("1.1.1")
        await pilot.press("p", "escape")
        await wait_until(pilot, lambda: tree.states.topics == {"1.1.1": PASSED})
