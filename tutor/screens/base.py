"""What all screens share: title, body, keys at the bottom, help, and a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Compose, Mount
from textual.message import Message
from textual.screen import Screen

from tutor.errors import TutorError
from tutor.text import clean_text
from tutor.widgets.keybar import KeyBar
from tutor.widgets.titlebar import TitleBar

if TYPE_CHECKING:
    from tutor.services import Services


class TutorScreen(Screen[None]):
    """A full screen. A subclass gives `PLACE`, `HELP` and `body`."""

    PLACE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    """What the screen is for and how to use it (Markdown); `?` shows it above the list of keys."""
    AUTO_FOCUS = "*"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", priority=False),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("g", "glossary", "Glossary", show=False, tooltip="Look up a term"),
        Binding("comma", "settings", "Settings", key_display=",", show=False, tooltip="Colours, glyphs, repaint, link"),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
        Binding("h", "move('left')", show=False),
        Binding("l", "move('right')", show=False),
    ]

    async def _dispatch_message(self, message: Message) -> None:
        """Survive a handler that raises, like the app (`tutor.unhandled`). What is not even built does not."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # whatever a handler of ours raises
            if isinstance(message, Compose | Mount):
                raise
            self.app._handle_exception(error)

    @property
    def services(self) -> Services:
        """Engines, clock and progress of the app."""
        services: Services = self.app.services  # type: ignore[attr-defined]
        return services

    @property
    def leaving(self) -> bool:
        """Whether this screen is being closed; the parts that it is made of go first."""
        return not (self.is_attached and self.display)

    @property
    def title_bar(self) -> TitleBar:
        """The line at the top."""
        return self.query_one(TitleBar)

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        yield TitleBar(self.PLACE)
        yield from self.body()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """The widgets between title and keys."""
        yield from ()

    def action_back(self) -> None:
        """Return to the screen below."""
        self.app.pop_screen()

    async def action_help(self) -> None:
        """Explain this screen."""
        from tutor.screens.help import HelpScreen

        await self.app.push_screen(HelpScreen(self))

    def action_glossary(self) -> None:
        """Look up a term."""
        from tutor.screens import navigation

        navigation.open_glossary(self.app)

    def action_settings(self) -> None:
        """Change how the app draws."""
        from tutor.screens import navigation

        navigation.open_settings(self.app)

    async def action_move(self, direction: str) -> None:
        """hjkl do what the arrow keys do in the focused widget."""
        if self.focused is None:
            return
        for name in (f"cursor_{direction}", f"scroll_{direction}"):
            if hasattr(self.focused, f"action_{name}"):
                await self.focused.run_action(name)
                return

    def copy_out(self, what: str, text: str) -> None:
        """Send `text` to the clipboard of the learner's terminal (OSC 52), also over SSH; `what` names it."""
        text = clean_text(text)
        self.app.copy_to_clipboard(text)
        # The terminal does not answer: whether it took the text cannot be known.
        self.notify(f"Sent to the terminal's clipboard: {what}, {len(text)} characters.", markup=False)

    def complain(self, error: TutorError) -> None:
        """Show an error that does not stop the screen."""
        self.notify(error.todo or error.what, title=error.what if error.todo else "", severity="error", markup=False)
