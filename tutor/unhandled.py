"""An app that outlives its own mistakes: an exception that nobody handles becomes a panel, not the end.

Textual ends the app on any such exception and prints a traceback. It offers no hook for that, so this overrides the
two methods through which every exception passes; Textual's version is pinned.
"""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from tutor import paths
from tutor.errors import EXIT_ENVIRONMENT, TutorError

ENOUGH = 20
"""Exceptions while the panel is open after which it is not going to get better."""


class ForgivingApp(App[None]):
    """Shows `ErrorScreen`, keeps the traceback in a log, and goes on where the learner was."""

    def __init__(self) -> None:
        super().__init__()
        self._panel_wanted = False
        self._meanwhile = 0
        """Exceptions since the panel was opened."""

    async def _dispatch_message(self, message: Message) -> None:
        """Survive a handler or an action that raises; its queue would otherwise end with it."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # whatever a handler of ours raises
            self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        """Where Textual brings every exception that nobody handled, of workers and timers too."""
        from tutor.screens.error import explained, keep_traceback, unwrapped

        error = unwrapped(error)
        log = keep_traceback(error, type(self.screen_stack[-1]).__name__ if self._screen_stacks else "")
        # As Textual does: a test that runs the app gets the exception when it closes it.
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        told = explained(error)
        if not self.is_running or not self.screen_stack or self._meanwhile > ENOUGH:
            self._end_with(f"{told.what}\nThe details are in {log}.")
        elif self._panel_wanted:
            self._meanwhile += 1
        else:
            self._panel_wanted = True
            self.call_later(self._show_panel, told, log)

    def _show_panel(self, told: TutorError, log: Path | None) -> None:
        from tutor.screens.error import ErrorScreen

        self.push_screen(ErrorScreen(told, log), self._go_on)

    async def _go_on(self, to_map: bool | None) -> None:
        """Back to the screen below, or below those that were never whole."""
        while len(self.screen_stack) > 1 and (to_map or not _is_whole(self.screen)):
            await self.pop_screen()
        # Only now: a screen that cannot be drawn fails once more while it goes.
        self._panel_wanted, self._meanwhile = False, 0
        if not _is_whole(self.screen):
            self._end_with(f"The course map cannot be shown.\nThe details are in {paths.logs_dir() / 'app.log'}.")

    def _end_with(self, text: str) -> None:
        self._return_code = EXIT_ENVIRONMENT
        self._exit_renderables.append(Text(f"tutor: {text}"))
        self._close_messages_no_wait()


def _is_whole(screen: Screen[object]) -> bool:
    """Whether a screen was built to its end and still answers."""
    return screen.is_running and bool(screen.children)
