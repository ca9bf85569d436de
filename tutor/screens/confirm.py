"""A question with yes and no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tutor import paths


class Confirm(ModalScreen[bool]):
    """`y` says yes; `n` and Escape say no."""

    CSS_PATH = str(paths.assets_dir() / "panel.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape,q", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str, yes: str) -> None:
        """Args: yes: what happens then."""
        super().__init__()
        self._question, self._yes = question, yes

    def compose(self) -> ComposeResult:
        """The question, then the keys."""
        key = "bold $footer-key-foreground"
        says = Content.assemble(self._question, ("\n\n y ", key), f"{self._yes}   ", (" n ", key), "No")
        yield Static(says, classes="panel", markup=False)
