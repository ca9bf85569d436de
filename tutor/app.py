"""The full-screen app. It owns its first screen, signals and the command palette; screens do the rest."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from tutor import paths
from tutor.drawing import DrawingApp
from tutor.errors import EXIT_DONE, EXIT_INTERRUPTED
from tutor.screens.map import MapScreen
from tutor.services import Services
from tutor.unhandled import ForgivingApp


def _course_search() -> type[Provider]:
    """Imported when the palette first opens, like all that the first frame does not need."""
    from tutor.screens.search import CourseSearch

    return CourseSearch


class TutorApp(DrawingApp, ForgivingApp):
    """The course in a terminal."""

    TITLE = "tutor"
    CSS_PATH = [str(paths.assets_dir() / name) for name in ("app.tcss", "map.tcss")]
    COMMANDS = App.COMMANDS | {_course_search}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "command_palette", "Commands", priority=True),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
        Binding("ctrl+l", "redraw", "Redraw", show=False, priority=True, tooltip="Draw the whole screen anew"),
    ]

    def __init__(self, services: Services | None = None, begin: Callable[[App[None]], None] | None = None) -> None:
        """Args: begin: opens what is to be seen first; the course map is below it."""
        super().__init__(services or Services())
        self._begin = begin

    def get_default_screen(self) -> Screen[None]:
        """The course map."""
        return MapScreen()

    def on_mount(self) -> None:
        """End in good order when asked to from outside; Textual would leave the terminal in its hands."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._end)
        if self._begin is not None:
            self.call_later(self._begin, self)

    def _end(self) -> None:
        self.exit(return_code=EXIT_INTERRUPTED)

    def action_redraw(self) -> None:
        """Something else has written to the terminal."""
        self.redraw()

    async def on_unmount(self) -> None:
        """Leave no engine behind."""
        await self.services.close()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers: the screens, the themes and leaving."""
        from tutor.screens.palette import commands

        return commands(self, screen)


def farewell() -> list[str]:
    """What goes on after the app has ended, and how to come back to it."""
    from tutor.runs.store import all_runs

    return [
        f"{run.id} goes on in the background. Watch it: tutor runs attach {run.id}"
        for run in all_runs()
        if run.is_running()
    ]


def run(begin: Callable[[App[None]], None] | None = None) -> int:
    """Open the course (or what `begin` opens), and return the exit code when it is closed."""
    app = TutorApp(begin=begin)
    app.run(mouse=app.settings.mouse)
    # After SIGHUP the terminal is gone; there is nobody to read this.
    with contextlib.suppress(OSError):
        for line in farewell():
            print(line)
        if app.return_code == EXIT_INTERRUPTED:
            print("The course was closed from outside. It opens where you stopped: tutor", file=sys.stderr)
        sys.stdout.flush()
    # Python's last collection would look at every widget once more, which takes as long as all of the above.
    gc.freeze()
    return EXIT_DONE if app.return_code is None else app.return_code
