"""A line of names, one of them chosen: what the pane below shows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static


class ViewTabs(Static):
    """Chosen by `next`, or by the mouse."""

    class Changed(Message):
        """Another name was chosen."""

    def __init__(self, names: Sequence[str], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._names = list(names)
        self.current = self._names[0]

    def choose(self, name: str) -> None:
        """Choose `name`."""
        if name != self.current:
            self.current = name
            self.refresh()
            self.post_message(self.Changed())

    def next(self) -> None:
        """Choose the one after the current, or the first after the last."""
        self.choose(self._names[(self._names.index(self.current) + 1) % len(self._names)])

    def render(self) -> Content:
        """The names, the chosen one bright."""
        return Content.assemble(
            *((f" {name} ", "bold $primary underline" if name == self.current else "$muted") for name in self._names)
        )

    def on_click(self, event: Click) -> None:
        """Choose the name under the mouse."""
        end = 0
        for name in self._names:
            end += len(name) + 2
            if event.x < end:
                self.choose(name)
                return
