"""Mistakes of ours: a panel instead of a traceback, the details in a log, and the app goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.errors import EXIT_ENVIRONMENT, TutorError
from tutor.screens.base import TutorScreen
from tutor.screens.error import ErrorScreen
from tutor.screens.map import MapScreen
from tutor.widgets.titlebar import TitleBar

Compare = Callable[..., bool]


class Broken(TutorScreen):
    """Fails where it is told to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "stumble"),
        Binding("w", "in_worker"),
        Binding("t", "in_timer"),
        Binding("i", "in_message"),
        Binding("s", "say"),
    ]

    class Wrong(Message):
        """Handled badly."""

    def __init__(self, where: str = "") -> None:
        super().__init__()
        self._where = where

    def body(self) -> ComposeResult:
        """Something to focus."""
        if self._where == "compose":
            raise ZeroDivisionError("a bug in compose")
        yield Button("x")
        yield Picture() if self._where == "render" else Static("fine")

    def on_mount(self) -> None:
        """May fail."""
        if self._where == "mount":
            raise ZeroDivisionError("a bug in mount")

    def action_stumble(self) -> None:
        """Fails."""
        raise ZeroDivisionError("a bug in an action")

    def action_in_timer(self) -> None:
        """Fails later."""
        self.set_timer(0.001, self.action_stumble)

    def action_in_message(self) -> None:
        """Fails in a handler of the screen's own."""
        self.post_message(self.Wrong())

    def on_broken_wrong(self) -> None:
        """Fails."""
        self.action_stumble()

    @work
    async def action_in_worker(self) -> None:
        """Fails beside the screen."""
        raise TutorError("The disk is full.", "Free some space.")

    def action_say(self) -> None:
        """Shows that the screen still answers."""
        self.title_bar.note("still here")


class Picture(Static):
    """Cannot be drawn."""

    def render(self) -> Any:
        """Fails each time."""
        raise ZeroDivisionError("a bug in render")


async def _panel(pilot: Pilot[Any]) -> str:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ErrorScreen) and pilot.app.screen.query(Static))
    return str(pilot.app.screen.query_one("#error Static", Static).render())


@asynccontextmanager
async def running(raised: type[Exception]) -> AsyncIterator[Pilot[Any]]:
    """The app, which hands over what was `raised` in it when it is closed."""
    problem: BaseException | None = None
    with pytest.raises(raised):
        async with TutorApp(fake_services()).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            try:
                yield pilot
            except BaseException as error:  # would be lost behind what is expected
                problem = error
    if problem is not None:
        raise problem


@pytest.mark.parametrize("key", ["a", "w", "t", "i"])
async def test_a_screen_goes_on_after_a_mistake(home: Path, key: str) -> None:
    async with running(TutorError if key == "w" else ZeroDivisionError) as pilot:
        app = pilot.app
        await app.push_screen(Broken())
        await pilot.press(key)
        said = await _panel(pilot)
        assert str(home / "logs" / "app.log") in said
        assert "Traceback" not in said
        if key == "w":
            assert said.startswith("The disk is full.\n\nFree some space.")
        else:
            assert "in test_unhandled.py line" in said
            assert "ZeroDivisionError: a bug in an action" in said
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, Broken))
        await pilot.press("s")
        await wait_until(pilot, lambda: "still here" in app.screen.query_one(TitleBar).render().plain)
        await pilot.press("escape")
        assert isinstance(app.screen, MapScreen)
    log = (home / "logs" / "app.log").read_text()
    assert log.count("Traceback") == 1
    assert "Broken" in log.splitlines()[0]


@pytest.mark.parametrize("where", ["compose", "mount", "render"])
async def test_a_screen_that_was_never_whole_is_left(home: Path, where: str) -> None:
    async with running(ZeroDivisionError) as pilot:
        pilot.app.push_screen(Broken(where))
        assert f"a bug in {where}" in await _panel(pilot)
        await pilot.press("m" if where == "render" else "escape")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, MapScreen))
        await pilot.press("question_mark", "escape")
        assert isinstance(pilot.app.screen, MapScreen)


async def test_a_course_map_that_cannot_be_shown_ends_the_app(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MapScreen, "body", lambda self: 1 / 0)
    async with running(ZeroDivisionError) as pilot:
        await _panel(pilot)
        await pilot.press("escape")
        await wait_until(pilot, lambda: not pilot.app.is_running)
        assert pilot.app.return_code == EXIT_ENVIRONMENT


async def test_many_mistakes_at_once_show_one_panel(home: Path) -> None:
    async with running(ZeroDivisionError) as pilot:
        screen = Broken()
        await pilot.app.push_screen(screen)
        for _ in range(5):
            pilot.app.call_later(screen.action_stumble)
        await _panel(pilot)
        await wait_until(pilot, lambda: (home / "logs" / "app.log").read_text().count("Traceback") == 5)
        assert len(pilot.app.screen_stack) == 3
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("a")
        await _panel(pilot)


@looks
def test_panel(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    error = TutorError("The conversation cannot be kept: the disk is full.", "Free some space, then go on with Esc.")
    screen = ErrorScreen(error, Path("/home/ada/.local/share/tutor/logs/app.log"))

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.app.push_screen(screen)

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)
