"""Earlier runs, newest first: when, how they ended, and what was different about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option as Row

from tutor.text import clean_text

STATUS_STYLES = {
    "running": "$operation",
    "passed": "$trainable",
    "failed-check": "$problem",
    "error": "$problem",
    "died": "$problem",
    "interrupted": "$muted",
}
STATUS_WORDS = {
    "running": "running",
    "passed": "passed",
    "failed-check": "a check failed",
    "error": "failed",
    "died": "died",
    "interrupted": "stopped",
}


@dataclass(frozen=True)
class RunRow:
    """One run."""

    id: str
    created: str
    """ISO 8601, local time."""
    status: str
    changed: str
    """Options that differ from the lab's defaults."""


class RunList(OptionList):
    """Enter opens the run under the cursor; the option's id is the run's. Whoever mounts it does the deleting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "remove_run", "Delete", key_display="x", tooltip="Delete the run with everything it made")
    ]

    class RemoveWanted(Message):
        """The learner wants a run deleted."""

        def __init__(self, run: str) -> None:
            super().__init__()
            self.run = run

    def __init__(self) -> None:
        super().__init__(id="runs", markup=False)
        self._shown: Sequence[RunRow] | None = None

    def show(self, rows: Sequence[RunRow]) -> None:
        """Show `rows`; nothing happens when they are shown already."""
        if rows == self._shown:
            return
        self._shown = rows
        self.clear_options()
        if rows:
            self.add_options([Row(_line(row), id=row.id) for row in rows])
        else:
            self.add_option(Row(Content.styled("No run yet.", "$muted"), disabled=True))
        self.refresh_bindings()

    def on_focus(self) -> None:
        """The keys act on a run from the first one on."""
        if self.highlighted is None:
            self.action_first()

    def on_option_list_option_highlighted(self) -> None:
        """There is a run to delete now."""
        self.refresh_bindings()

    def _current(self) -> str | None:
        """The run under the cursor."""
        return None if self.highlighted is None else self.get_option_at_index(self.highlighted).id

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a run there is nothing to delete."""
        return action != "remove_run" or self._current() is not None

    def action_remove_run(self) -> None:
        """Ask for the run under the cursor to be deleted."""
        if run := self._current():
            self.post_message(self.RemoveWanted(run))


def _line(row: RunRow) -> Content:
    word = STATUS_WORDS.get(row.status, row.status)
    return Content.assemble(
        (row.created[:16].replace("T", " ") + "  ", "$foreground"),
        (word.ljust(14), STATUS_STYLES.get(row.status, "$muted")),
        (f"  {row.id[-4:]}  ", "$muted"),
        (clean_text(row.changed), "$muted"),
    )
