"""Rows below a picture that lead to the topics behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tutor.widgets.figures.base import Door
from tutor.widgets.lesson.live import TopicWanted

EDGES = 3
"""Cells of a line that are no row: the list's edge, and one at each side."""


class DoorList(OptionList):
    """The arrows choose a row, Enter opens its topic."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Open topic", tooltip="Open the row's topic")]

    def __init__(self) -> None:
        super().__init__(classes="doors", markup=False)
        self._doors: Sequence[Door] = ()
        self.display = False

    def show(self, doors: Sequence[Door]) -> None:
        """Other rows; the cursor stays where it is."""
        self._doors = doors
        place = self.highlighted or 0
        self.clear_options()
        self.add_options([Option(door.says) for door in doors])
        self.highlighted = place
        self.display = bool(doors)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(TopicWanted(self._doors[event.option_index].topic))
