"""A solution of an exercise, to be read beside one's own."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tutor import paths
from tutor.widgets.codeeditor import CodeEditor


class SolutionScreen(ModalScreen[None]):
    """Read only; Escape closes it."""

    CSS_PATH = str(paths.assets_dir() / "panel.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The code alone."""
        code = CodeEditor(self._text, read_only=True, id="solution")
        code.border_title = "One solution"
        code.border_subtitle = "Esc closes"
        yield code

    @on(CodeEditor.Left)
    def _close(self) -> None:
        self.dismiss()
