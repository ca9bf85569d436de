"""How far an import has come, on stderr: one bar on a terminal, a plain line for each step otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tutor.text import human_bytes

Progress = Callable[[int, int, str, str], None]

LINE_EVERY = 0.1
"""Without a terminal a download says a line for each tenth of it."""


@contextmanager
def import_progress() -> Iterator[Progress]:
    """A callback for `import_model` that shows what it is told for as long as the block lasts."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[amount]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False),
        refresh_per_second=4,
        transient=True,
    )
    with bar:
        task = bar.add_task("Looking", total=None, amount="")

        def show(done: int, total: int, unit: str, label: str) -> None:
            bar.update(task, completed=done, total=total or None, description=label, amount=_amount(done, total, unit))

        yield show


class _Lines:
    """Says a line when the label changes, and for each further tenth of many bytes."""

    def __init__(self) -> None:
        self._label = ""
        self._said = 0.0

    def __call__(self, done: int, total: int, unit: str, label: str) -> None:
        part = done / total if total else 0.0
        if label != self._label:
            self._label, self._said = label, part
            print(f"{label} …", file=sys.stderr, flush=True)
        elif unit == "B" and part >= self._said + LINE_EVERY:
            self._said = part
            print(f"{label}: {_amount(done, total, unit)}", file=sys.stderr, flush=True)


def _amount(done: int, total: int, unit: str) -> str:
    return f"{human_bytes(done)} of {human_bytes(total)}" if unit == "B" else ""
