"""Choosing a model, on every screen that uses one: `await app.push_screen_wait(ModelPicker("Model"))`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Row

from tutor import paths
from tutor.screens import model_rows
from tutor.screens.model_rows import Choice, choices

if TYPE_CHECKING:
    from tutor.engine.memory import Budget
    from tutor.services import Services


class ModelPicker(ModalScreen[str | None]):
    """Dismissed with the model's name as `tutor.engine.resolve` takes it, or with None when nothing was chosen."""

    CSS_PATH = str(paths.assets_dir() / "panel.tcss")
    AUTO_FOCUS = "#models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close"),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(
        self,
        title: str,
        *,
        runs: bool = True,
        trainable: bool = False,
        also: Sequence[tuple[str, str]] = (),
        current: str = "",
    ) -> None:
        """Args:
        runs: offer the models that runs have made.
        trainable: offer only what torch can load, for lessons and training.
        also: more entries, `(name, what it is)`, such as `("", "nobody")`.
        current: the name under the cursor at first.
        """
        super().__init__()
        self._heading = title
        self._choices = [Choice(name, what) for name, what in also] + choices(runs=runs, trainable=trainable)
        self._current = current
        self._machine: Budget | None = None

    def compose(self) -> ComposeResult:
        """Heads of the columns, the models, and what the one under the cursor takes."""
        with Vertical(id="picker") as panel:
            panel.border_title = self._heading
            panel.border_subtitle = "Enter chooses · Esc closes"
            yield Static(model_rows.head(), id="columns", markup=False)
            yield OptionList(*self._rows(), id="models", markup=False)
            yield Static(id="needs", markup=False)

    def _rows(self) -> list[Row]:
        return [
            Row(line, disabled=bool(choice.missing)) for choice, line in zip(self._choices, self._lines(), strict=True)
        ]

    def _lines(self) -> list[Content]:
        names = model_rows.name_width(self._choices)
        return [model_rows.line(choice, names, self._machine) for choice in self._choices]

    def on_mount(self) -> None:
        """Begin at the current model; find out what fits."""
        names = [choice.name for choice in self._choices]
        self.query_one(OptionList).highlighted = names.index(self._current) if self._current in names else 0
        self._look_at_machine()

    @work
    async def _look_at_machine(self) -> None:
        services: Services = self.app.services  # type: ignore[attr-defined]
        self._machine = await asyncio.to_thread(services.memory)
        menu = self.query_one(OptionList)
        for place, line in enumerate(self._lines()):
            menu.replace_option_prompt_at_index(place, line)
        self._show_needs()

    @on(OptionList.OptionHighlighted)
    def _show_needs(self) -> None:
        place = self.query_one(OptionList).highlighted
        needs = Content() if place is None else model_rows.needs(self._choices[place], self._machine)
        self.query_one("#needs", Static).update(needs)

    def action_move(self, direction: str) -> None:
        """hjkl."""
        menu = self.query_one(OptionList)
        menu.action_cursor_down() if direction == "down" else menu.action_cursor_up()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index].name)
