"""Choosing an earlier conversation: a line to filter by, a list to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option as Row

from tutor.screens.chat_store import SIDES, Conversation
from tutor.text import clean_text
from tutor.widgets.chatpane import short_name

Kept = tuple[Path, Conversation]


class ConversationPicker(ModalScreen[Kept | None]):
    """Dismissed with a conversation and its file, or with None when nothing was chosen."""

    AUTO_FOCUS = "#filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("down", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
    ]

    def __init__(self, kept: list[Kept]) -> None:
        """Args: kept: the conversations, newest first."""
        super().__init__()
        self._kept = kept
        self._found = kept

    def compose(self) -> ComposeResult:
        """The filter above the list."""
        with Vertical(id="chats") as panel:
            panel.border_title = "Conversations"
            panel.border_subtitle = "↑ ↓ choose · Enter opens · Esc closes"
            yield Input(placeholder="Words that were said, or a model", id="filter", compact=True)
            yield OptionList(id="found", markup=False)

    def on_mount(self) -> None:
        """Show all of them."""
        self.query_one(Input).cursor_blink = False
        self.query_one(OptionList).can_focus = False
        self._show()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        words = event.value.split()
        self._found = [kept for kept in self._kept if all(kept[1].contains(word) for word in words)]
        self._show()

    def _show(self) -> None:
        menu = self.query_one(OptionList)
        menu.clear_options()
        if self._found:
            menu.add_options([Row(_line(conversation)) for _, conversation in self._found])
            menu.highlighted = 0
        else:
            nothing = "No conversation has these words." if self._kept else "No conversation yet."
            menu.add_option(Row(Content.styled(nothing, "$muted"), disabled=True))

    def action_move(self, direction: str) -> None:
        """The arrows move in the list while the words are being typed."""
        menu = self.query_one(OptionList)
        menu.action_cursor_down() if direction == "down" else menu.action_cursor_up()

    @on(Input.Submitted, "#filter")
    def _choose(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None and self._found:
            self.dismiss(self._found[place])

    @on(OptionList.OptionSelected)
    def _click(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])


def _line(conversation: Conversation) -> Content:
    models = " / ".join(short_name(conversation.models[side]) for side in SIDES if side in conversation.models)
    return Content.assemble(
        (conversation.created[:16].replace("T", " ") + "  ", "$muted"),
        (clean_text(conversation.title), "$foreground"),
        (f"  {clean_text(models)}", "$frozen"),
    )
