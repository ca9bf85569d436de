"""The glossary: every term of the course, and a line to find one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tutor import paths
from tutor.course.glossary import Term, load_glossary, matching
from tutor.screens.base import TutorScreen


class GlossaryScreen(TutorScreen):
    """A field, and below it the terms that fit."""

    PLACE = "Glossary"
    CSS_PATH = str(paths.assets_dir() / "glossary.tcss")
    AUTO_FOCUS = "#filter"
    HELP = """\
Every term of the course, defined once. Type to find one; the arrow keys scroll; **Esc** empties the field, then leads
back to where you came from.

The command palette searches here too, and in lessons, exercises and labs.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("g", "noop", show=False),
    ]

    def __init__(self, find: str = "") -> None:
        """Args: find: what stands in the field at first."""
        super().__init__()
        self._terms = load_glossary()
        self._find = find

    def body(self) -> ComposeResult:
        """The field and the terms."""
        yield Input(self._find, placeholder="Find a term", compact=True, id="filter")
        with VerticalScroll(id="terms", classes="pane"):
            yield Static(id="definitions", markup=False)

    def on_mount(self) -> None:
        """Show what fits."""
        self._show(self._find)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, words: str) -> None:
        found = matching(self._terms, words)
        nothing = Content.styled("No term of the course says that.", "$muted")
        shown = Content("\n\n").join(_definition(term) for term in found) if found else nothing
        self.query_one("#definitions", Static).update(shown)
        self.query_one("#terms").scroll_home(animate=False)
        self.title_bar.note(f"{len(found)} of {len(self._terms)} terms")

    def action_scroll(self, lines: int) -> None:
        """Scroll the terms, also from the field."""
        self.query_one("#terms").scroll_relative(y=lines, animate=False)

    def action_back(self) -> None:
        """Empty the field, or go back."""
        field = self.query_one("#filter", Input)
        if field.value:
            field.value = ""
        else:
            super().action_back()

    def action_noop(self) -> None:
        """The glossary is open already."""


def _definition(term: Term) -> Content:
    also = f"  also: {', '.join(term.also)}" if term.also else ""
    return Content.assemble((term.name, "bold $primary"), (also, "$muted"), f"\n{term.says}")
