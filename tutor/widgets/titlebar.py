"""The line at the top of every screen: where one is, and what is under way."""

from __future__ import annotations

import time

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static


class TitleBar(Static):
    """`tutor › Place › …` at the left, a note at the right."""

    def __init__(self, *places: str) -> None:
        super().__init__(markup=False)
        self._places = places
        self._note = ""
        self._under_way = ""
        self._since = 0.0
        self._timer: Timer | None = None

    def note(self, text: str) -> None:
        """Show `text` at the right end."""
        if text != self._note:
            self._note = text
            self.refresh()

    def under_way(self, what: str) -> None:
        """Say before the note what is being done, and from its second second on for how long; '' ends that.

        It changes once a second: what moves all the time says nothing, and costs bytes.
        """
        if what == self._under_way:
            return
        self._under_way, self._since = what, time.monotonic()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(1, self.refresh) if what else None
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
        for doing in (self._doing(), ""):
            if room - len(doing) >= 2:
                return Content.assemble(
                    crumbs, " " * (room - len(doing)), (doing, "$operation"), (self._note, "$muted")
                )
        return crumbs

    def _doing(self) -> str:
        if not self._under_way:
            return ""
        seconds = int(time.monotonic() - self._since)
        doing = f"{self._under_way}, {seconds} s" if seconds else f"{self._under_way} …"
        return f"{doing}  " if self._note else doing
