"""The line at the top of every screen: where one is."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class TitleBar(Static):
    """`tutor › Place › …` at the left, a note at the right."""

    def __init__(self, *places: str) -> None:
        super().__init__(markup=False)
        self._places = places
        self._note = ""

    def note(self, text: str) -> None:
        """Show `text` at the right end."""
        if text != self._note:
            self._note = text
            self.refresh()

    def go(self, *places: str) -> None:
        """Show another place."""
        if places != self._places:
            self._places = places
            self.refresh()

    def render(self) -> Content:
        """One line; the note gives way where there is no room."""
        crumbs = Content.assemble(
            ("tutor", "bold $primary"), *((f" › {place}", "$foreground") for place in self._places)
        )
        room = self.size.width - crumbs.cell_length - len(self._note)
        if room < 2:
            return crumbs
        return Content.assemble(crumbs, " " * room, (self._note, "$muted"))
