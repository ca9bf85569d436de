"""Choosing a model: what is in the store, what runs have made, and the tiers that can be imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option as Row

from tutor.engine.store import list_models
from tutor.engine.tiers import TIERS
from tutor.runs.store import all_runs
from tutor.text import human_bytes


@dataclass(frozen=True)
class Choice:
    """One model that can be chosen now."""

    name: str
    what: str


def choices(*, runs: bool) -> list[Choice]:
    """Models of the store, the embedded model if it is not there yet, and, with `runs`, models that runs exported."""
    found = [
        Choice(model.name, f"{model.manifest['model']}, {human_bytes(model.size_bytes)}") for model in list_models()
    ]
    if "nano" not in [choice.name for choice in found]:
        found.insert(0, Choice("nano", f"{TIERS['nano'].model}, embedded; imported when chosen"))
    if runs:
        exported = (run for run in all_runs() if (run.path / "gguf").is_dir())
        found.extend(Choice(run.id, f"trained {str(run.facts['created'])[:16].replace('T', ' ')}") for run in exported)
    return found


class ModelPicker(ModalScreen[str | None]):
    """Dismissed with the model's name, with '' for none, or with None when nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close"),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(self, title: str, *, runs: bool, none: str = "") -> None:
        """Args: none: text of an entry that means no model, '' to have no such entry."""
        super().__init__()
        self._heading = title
        self._choices = choices(runs=runs)
        if none:
            self._choices.insert(0, Choice("", none))

    def compose(self) -> ComposeResult:
        """One list."""
        width = max(len(choice.name) for choice in self._choices)
        rows = [
            Row(Content.assemble((choice.name.ljust(width) + "  ", "bold"), (choice.what, "$muted")))
            for choice in self._choices
        ]
        menu = OptionList(*rows, id="picker", markup=False)
        menu.border_title = self._heading
        menu.border_subtitle = "Enter chooses · more: tutor import"
        yield menu

    def action_move(self, direction: str) -> None:
        """hjkl."""
        menu = self.query_one(OptionList)
        menu.action_cursor_down() if direction == "down" else menu.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the model under the cursor."""
        self.dismiss(self._choices[event.option_index].name)
