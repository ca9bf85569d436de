"""What the learner sees when something of ours breaks: a sentence, where the details are, and the way on."""

from __future__ import annotations

import contextlib
import time
import traceback
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import WorkerFailed

from tutor import __version__, paths
from tutor.errors import TutorError
from tutor.text import clean_text
from tutor.widgets.keybar import KeyBar
from tutor.widgets.titlebar import TitleBar

MAX_LOG = 1 << 20
"""Bytes after which the log is begun anew."""


class ErrorScreen(Screen[bool]):
    """Dismissed with whether the learner wants to leave everything for the course map.

    It hides the screen below, which may be what cannot be drawn.
    """

    CSS_PATH = str(paths.assets_dir() / "panel.tcss")
    AUTO_FOCUS = "#error"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss(False)", "Go on", key_display="Esc"),
        Binding("m", "dismiss(True)", "Course map"),
        Binding("y", "copy", "Copy", tooltip="Copy the message with the place of the log"),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
    ]

    def __init__(self, error: TutorError, log: Path | None) -> None:
        """Args: log: where the traceback is; None if it could not be written."""
        super().__init__()
        self._error, self._log = error, log

    def compose(self) -> ComposeResult:
        """One panel between the title and the keys of every screen."""
        yield TitleBar("Something went wrong")
        with VerticalScroll(id="error"):
            yield Static(self._text(), markup=False)
        yield KeyBar()

    def _text(self) -> Content:
        log = f"The details are in {self._log}." if self._log else "The details could not be written: is the disk full?"
        return Content("\n\n").join(
            [
                Content.styled(clean_text(self._error.what), "bold $problem"),
                Content(clean_text(self._error.todo)),
                Content(log),
                Content.styled("Labs that run go on: each has a process of its own.", "$muted"),
            ]
        )

    def action_copy(self) -> None:
        """Take the message along, for a report."""
        self.app.copy_to_clipboard(self._text().plain)
        self.notify("Sent to the terminal's clipboard.", markup=False)

    def action_scroll(self, direction: str) -> None:
        """hjkl."""
        panel = self.query_one("#error")
        panel.scroll_down(animate=False) if direction == "down" else panel.scroll_up(animate=False)


def explained(error: Exception) -> TutorError:
    """`error` as a sentence: its own, or where in the program it was raised."""
    if isinstance(error, TutorError):
        return error
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "textual" not in Path(frame.filename).parts
    ]
    where = f", in {Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    says = f": {error}" if str(error) else ""
    return TutorError(
        f"A part of tutor failed{where}: {type(error).__name__}{says}.",
        "That is a mistake in tutor, not yours. Esc goes back to where you were, m to the course map. "
        "If it comes again, report it with the log.",
    )


def unwrapped(error: Exception) -> Exception:
    """What went wrong in a worker, where that is what `error` tells."""
    inner = error.error if isinstance(error, WorkerFailed) else None
    return inner if isinstance(inner, Exception) else error


def keep_traceback(error: Exception, where: str) -> Path | None:
    """Append the traceback to the app's log; returns the log, or None if it cannot be written."""
    log = paths.logs_dir() / "app.log"
    head = f"{time.strftime('%Y-%m-%d %H:%M:%S%z')}  tutor {__version__}  {where}\n"
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        too_long = log.exists() and log.stat().st_size > MAX_LOG
        with log.open("w" if too_long else "a", errors="backslashreplace") as file:
            file.write(head + "".join(traceback.format_exception(error)) + "\n")
        return log
    return None
