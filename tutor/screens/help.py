"""What a screen is for, and every key that works on it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, Static

from tutor.screens.base import TutorScreen


class HelpScreen(ModalScreen[None]):
    """Opened by `?`; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close"),
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self, explained: TutorScreen) -> None:
        super().__init__()
        self._text = explained.HELP
        self._keys = keys_of(explained)

    def compose(self) -> ComposeResult:
        """The screen's own text, then its keys."""
        with VerticalScroll(id="help") as panel:
            panel.border_title = "Help"
            panel.border_subtitle = "Esc closes"
            yield Markdown(self._text)
            yield Static(self._keys, markup=False)

    def action_scroll_down(self) -> None:
        """Scroll the text."""
        self.query_one("#help").scroll_down(animate=False)

    def action_scroll_up(self) -> None:
        """Scroll the text back."""
        self.query_one("#help").scroll_up(animate=False)


def keys_of(screen: TutorScreen) -> Content:
    """Every key that works on `screen` now, with what it does."""
    shown: dict[str, list[str]] = {}
    for _, binding, enabled, tooltip in screen.active_bindings.values():
        says = tooltip or binding.description
        if says and enabled and not binding.system:
            shown.setdefault(says, []).append(binding.key_display or screen.app.get_key_display(binding))
    lines = [
        Content.assemble((", ".join(dict.fromkeys(keys)).rjust(12), "bold $footer-key-foreground"), f"  {says}")
        for says, keys in shown.items()
    ]
    return Content("\n").join(lines)
