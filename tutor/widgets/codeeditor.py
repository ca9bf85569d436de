"""An editor pane for Python."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

# The pane's own colours come from the style sheet; these two differ only in what they give to keywords and strings.
SYNTAX_THEMES = {"tutor-dark": "vscode_dark", "tutor-light": "github_light"}


class CodeEditor(TextArea):
    """Tab indents, so Escape is the way out."""

    class Left(Message):
        """The learner wants out of the editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Ahead of TextArea, whose Escape goes to whatever comes next.
        Binding("escape", "leave", "To the task", priority=True),
    ]

    def __init__(self, text: str = "", *, read_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            text,
            language="python",
            tab_behavior="indent",
            soft_wrap=True,
            show_line_numbers=True,
            read_only=read_only,
            id=id,
        )
        self.cursor_blink = False  # nothing moves by itself
        for name, like in SYNTAX_THEMES.items():
            known = TextAreaTheme.get_builtin_theme(like)
            self.register_theme(TextAreaTheme(name=name, syntax_styles=known.syntax_styles if known else {}))

    def on_mount(self) -> None:
        """Follow the app's theme."""
        self._follow()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._follow())

    def _follow(self) -> None:
        self.theme = "tutor-dark" if self.app.current_theme.dark else "tutor-light"

    def action_leave(self) -> None:
        """Say so to the screen."""
        self.post_message(self.Left())
