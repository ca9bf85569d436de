"""The app draws as it was set, at once, and remembers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual._time import get_time
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app.app_fakes import RUN, fake_services, record_run, store_nano, wait_until
from tutor import settings
from tutor.app import TutorApp
from tutor.course.exercises.exercise import find_exercise
from tutor.course.outline import load_outline
from tutor.runs import store
from tutor.screens import navigation
from tutor.screens.palette import commands
from tutor.screens.run import RunScreen
from tutor.themes import DARK, LIGHT, LIGHT_CONTRAST
from tutor.widgets import glyphs


def _shown(pilot: Pilot[Any]) -> str:
    """The text on the screen."""
    width = pilot.app.size.width
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in strips)


def _colours(pilot: Pilot[Any]) -> set[object]:
    """Every colour on the screen."""
    segments = [segment for strip in pilot.app.screen._compositor.render_strips() for segment in strip]
    return {colour for _, style, _ in segments if style for colour in (style.color, style.bgcolor) if colour}


async def test_glyphs_change_at_once_and_back() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "›" in _shown(pilot)
        app.set_word("glyphs", "ascii")
        await wait_until(pilot, lambda: _shown(pilot).isascii())
        assert "tutor > Course" in _shown(pilot)
        app.set_word("glyphs", "unicode")
        await wait_until(pilot, lambda: "›" in _shown(pilot))
    assert glyphs.plain_ascii() is False


async def test_colours_go_and_come_back() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert len(_colours(pilot)) > 4
        app.set_word("colours", "none")
        await wait_until(pilot, lambda: not _colours(pilot))
        assert app.no_color
        app.set_word("colours", "auto")
        await wait_until(pilot, lambda: len(_colours(pilot)) > 4)
        assert not app.no_color


@pytest.mark.parametrize("variable", ["0", "1"])
async def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("NO_COLOR", variable)
    async with TutorApp(fake_services()).run_test() as pilot:
        await pilot.pause()
        assert not _colours(pilot)


async def test_a_theme_from_the_palette_is_remembered() -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == DARK.name
        (entry,) = [entry for entry in commands(app, app.screen) if entry.title == "Light contrast theme"]
        entry.callback()
        await wait_until(pilot, lambda: app.theme == LIGHT_CONTRAST.name)
    again = TutorApp(fake_services())
    async with again.run_test() as pilot:
        await pilot.pause()
        assert again.theme == LIGHT_CONTRAST.name


async def test_a_mistake_in_the_settings_is_told_and_the_rest_is_used(home: Path) -> None:
    home.mkdir()
    settings.settings_file().write_text('theme = "light"\nglyhps = "ascii"\n')
    app = TutorApp(fake_services())
    async with app.run_test(notifications=True) as pilot:
        await wait_until(pilot, lambda: app._notifications)
        (said,) = [notification.message for notification in app._notifications]
        assert "no setting 'glyhps'. Did you mean 'glyphs'?" in said
        assert app.theme == LIGHT.name


async def test_no_cursor_blinks(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p")
        await wait_until(pilot, lambda: app.screen.query(Input))
        assert not app.screen.query_one(Input).cursor_blink
        await pilot.press("escape")
        navigation.open_chat(app)
        await wait_until(pilot, lambda: isinstance(app.focused, Input))
        assert isinstance(app.focused, Input)
        assert not app.focused.cursor_blink


async def test_what_is_measured_changes_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert (app.services.fit.depth, app.services.fit.repaint) == ("truecolor", 4)

        def answer_slowly(text: str) -> None:
            app.set_timer(len(text) / 30_000, lambda: app._meter.answered(get_time()))

        app._meter._write = answer_slowly
        await app.measure_link()
        assert app.link is not None
        assert (app.services.fit.depth, app.services.fit.repaint) == ("256", 2)
        app.set_word("repaint", "8")
        assert app.services.fit.repaint == 8


async def test_a_run_is_looked_at_as_often_as_the_settings_say(home: Path) -> None:
    record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_run(app, store.find(RUN))
        await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
        run = app.screen
        assert isinstance(run, RunScreen)
        await wait_until(pilot, lambda: run._timer and run._timer._interval == 1 / 4)
        await pilot.press("comma", "down", "down", "down", "right")
        await pilot.press("escape")
        await wait_until(pilot, lambda: run._timer and run._timer._interval == 1)


async def test_figures_are_drawn_again_without_colours(home: Path) -> None:
    store_nano(home)
    topic = load_outline().topic("1.3.1")
    assert topic is not None
    app = TutorApp(fake_services())
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        navigation.open_topic(app, topic, 3)
        await wait_until(pilot, lambda: "Computed just now" in _shown(pilot))
        before = _shown(pilot)
        assert "▔" in before
        app.set_word("colours", "none")
        await wait_until(pilot, lambda: not _colours(pilot))
        await wait_until(pilot, lambda: "▔" not in _shown(pilot) and "─" in _shown(pilot))


async def test_every_screen_keeps_to_ascii(home: Path) -> None:
    store_nano(home)
    record_run(home)
    settings.save("glyphs", "ascii")
    app = TutorApp(fake_services())
    topic, run = load_outline().topic("1.3.2"), store.find(RUN)
    assert topic is not None
    ways: list[Callable[[], object]] = [
        lambda: None,
        lambda: navigation.open_topic(app, topic, 4),
        lambda: navigation.open_lab(app, "lab-lora-cli-help"),
        lambda: navigation.open_run(app, run),
        lambda: navigation.open_report(app, run),
        lambda: navigation.open_exercise(app, find_exercise("sampler")),
        lambda: navigation.open_chat(app, "nano", "nano"),
        lambda: navigation.open_glossary(app),
        lambda: navigation.open_progress(app),
        lambda: navigation.open_settings(app),
    ]
    async with app.run_test() as pilot:
        for go in ways:
            go()
            await pilot.pause(0.1)
            assert _shown(pilot).isascii(), app.screen
        for keys in (["question_mark"], ["escape", "ctrl+p"]):
            await pilot.press(*keys)
            await pilot.pause()
            assert _shown(pilot).isascii(), app.screen
