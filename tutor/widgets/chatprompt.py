"""The field of the next message."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class Prompt(Input):
    """Up brings back the last message, as in a shell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "edit", "Edit", False, key_display="↑", tooltip="Change the last question and ask it again")
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The screen knows whether there is a question to edit."""
        return self.screen.check_action(action, parameters)

    async def action_edit(self) -> None:
        """The screen brings the question back."""
        await self.screen.run_action("edit")
