"""A lab's options as a list: move with the arrows, Enter changes one. Letters stay free for the screen's keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option as Row

from tutor.runs.config import Lab, Option


class OptionForm(OptionList):
    """Shows what would run; whoever mounts it does the changing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "select", "Change"),
        Binding("d", "default", "Default", tooltip="Put the option back to its default"),
    ]

    class ResetWanted(Message):
        """The learner wants the option's default back."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, lab: Lab, config: Mapping[str, Any]) -> None:
        super().__init__(id="form", markup=False)
        self._lab = lab
        self._config = dict(config)
        self.add_options(self._rows())
        self.highlighted = 0

    def show(self, config: Mapping[str, Any]) -> None:
        """Show the values of `config`; only rows that change are repainted."""
        for name, option in self._lab.options.items():
            if config[name] != self._config[name]:
                self._config[name] = config[name]
                self.replace_option_prompt(name, self._prompt(option))

    def current(self) -> Option | None:
        """The option under the cursor."""
        return None if self.highlighted is None else list(self._lab.options.values())[self.highlighted]

    def action_default(self) -> None:
        """Ask for the default of the option under the cursor."""
        if option := self.current():
            self.post_message(self.ResetWanted(option.name))

    def _rows(self) -> list[Row]:
        return [Row(self._prompt(option), id=name) for name, option in self._lab.options.items()]

    def _prompt(self, option: Option) -> Content:
        width = max(len(name) for name in self._lab.options)
        value = self._config[option.name]
        changed = value != option.default
        return Content.assemble(
            option.name.ljust(width) + "  ",
            (shown(value), "bold $operation" if changed else "$foreground"),
            (f"   default {shown(option.default)}" if changed else "", "$muted"),
        )


def shown(value: Any) -> str:
    """A value as one types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text or "(empty)"


def typed(value: Any) -> str:
    """A value as the text to edit."""
    return "" if value in ("", []) else shown(value)
