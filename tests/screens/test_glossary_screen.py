"""Looking things up: the glossary from any screen, and full-text search in the palette."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, Static

from tests.app.app_fakes import fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.course.exercises.exercise import find_exercise
from tutor.screens import navigation
from tutor.screens.exercise import ExerciseScreen
from tutor.screens.glossary import GlossaryScreen
from tutor.screens.lesson import LessonScreen
from tutor.screens.map import MapScreen
from tutor.screens.search import CourseSearch, excerpt
from tutor.widgets.titlebar import TitleBar


def kind(app: TutorApp) -> type:
    return type(app.screen)


async def test_the_glossary_opens_anywhere_filters_and_leads_back() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_exercise(app, find_exercise("sampler"))
        await wait_until(pilot, lambda: isinstance(app.screen, ExerciseScreen))
        await pilot.press("g")
        assert kind(app) is GlossaryScreen
        await pilot.press(*"nucleus")
        says = str(app.screen.query_one("#definitions", Static).render())
        assert says.startswith("top-p  also: nucleus sampling")
        assert app.screen.query_one(TitleBar).render().plain.rstrip().split("Glossary")[1].split()[0] == "1"
        await pilot.press("escape")
        assert app.screen.query_one(Input).value == ""
        await pilot.press("g", "escape", "escape")
        assert kind(app) is ExerciseScreen


async def test_the_glossary_opens_from_the_map() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("g")
        assert kind(app) is GlossaryScreen
        await pilot.press("escape")
        assert kind(app) is MapScreen


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("logit lens", "1.3.2 Reading its mind half-way"),
        ("nucleus", "Glossary: top-p"),
        ("minus infinity", "Glossary: causal mask"),
        ("Imagine the probabilities", "Exercise: Choose the next token"),
    ],
)
async def test_the_palette_finds_what_the_course_says(query: str, place: str) -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        search = CourseSearch(app.screen)
        await search.startup()
        found = [str(hit.text) async for hit in search.search(query)]
        nothing = [hit async for hit in search.search("no such words")]
    assert place in found
    assert nothing == []


async def test_a_hit_leads_to_its_page() -> None:
    from tutor import paths

    store_nano(paths.home())
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p", *"every layer hands on")
        await wait_until(pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.query_one("CommandList"))
        await pilot.pause(0.5)
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, LessonScreen))
        assert app.screen.query_one(TitleBar).render().plain.rstrip().endswith("6/15")


def test_an_excerpt_is_what_stands_around() -> None:
    text = "a" * 100 + "needle" + "b" * 100
    assert excerpt(text, 100) == "…" + "a" * 30 + "needle" + "b" * 54 + "…"
    assert excerpt("short", -1) == "short"
