"""A run's events on a terminal: stages and findings scroll by above one live progress bar."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from tutor.runs.events import Event
from tutor.runs.lines import ON_STDOUT, describe, step_numbers

STYLES = {"stage": "bold", "check": "green", "finished": "bold", "result": "default"}


class ProgressBar:
    """Reads events into a rich progress bar; `close` leaves the terminal as it was."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._out = Console(highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[numbers]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            refresh_per_second=4,
            transient=True,
        )
        self._task: TaskID | None = None
        self._progress.start()

    def show(self, event: Event) -> None:
        """Move the bar, or write the event's line above it."""
        kind = event["kind"]
        if kind == "step":
            self._move("training", event["step"], event["total"], step_numbers(event))
        elif kind == "progress":
            self._move(event["stage"], event["done"], event["total"], event["unit"])
        elif (line := describe(event)) is not None:
            self._write(kind, Text(line, style=self._style(event)))
        if kind == "stage" and self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

    def close(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def _write(self, kind: str, line: Text) -> None:
        """Data goes to stdout; where stdout is the same terminal, rich keeps the bar below it."""
        if kind in ON_STDOUT and not self._out.is_terminal:
            self._out.print(line)
        else:
            self._progress.print(line)

    @staticmethod
    def _style(event: Event) -> str:
        if event["kind"] == "check" and not event["passed"]:
            return "red"
        if event["kind"] == "message" and event["level"] == "warning":
            return "yellow"
        return STYLES.get(event["kind"], "dim")

    def _move(self, name: str, done: int, total: int, numbers: str) -> None:
        if self._task is None:
            self._task = self._progress.add_task(name, total=total, numbers=numbers)
        self._progress.update(self._task, description=name, completed=done, total=total, numbers=numbers)
