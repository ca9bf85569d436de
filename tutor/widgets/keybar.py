"""The line at the bottom of every screen: the keys that work here and now."""

from __future__ import annotations

import bisect
import itertools

from textual.content import Content
from textual.events import Click
from textual.screen import Screen
from textual.widgets import Static

COMMON = ("escape", "question_mark", "f1", "ctrl+p")
"""Keys of every screen; they come last, and where there is little room the others give way."""


class KeyBar(Static):
    """Built from the active bindings, so that it cannot lie. One widget, repainted only when the keys change.

    Textual's own Footer rebuilds a widget per key whenever the focus moves, which costs kilobytes over SSH.
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._keys: list[tuple[str, str, str]] = []
        self._drawn: list[str] = []
        """The keys that there is room for."""
        self._ends: list[int] = []
        """Where each shown key ends, in cells from the left."""

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._update)
        self._update(self.screen)

    def _update(self, screen: Screen[object]) -> None:
        keys: list[tuple[str, str, str]] = []
        for key, (_, binding, enabled, _) in screen.active_bindings.items():
            entry = (key, binding.key_display or self.app.get_key_display(binding), binding.description)
            if binding.show and enabled and binding.description and entry[2] not in [known[2] for known in keys]:
                keys.append(entry)
        keys.sort(key=lambda entry: entry[0] in COMMON)
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """As many keys as fit, those of the focused widget first; `?` shows all."""
        keys = list(self._keys)
        parts = [_part(shown, description) for _, shown, description in keys]
        while keys and sum(part.cell_length for part in parts) > self.size.width:
            place = next((n for n in reversed(range(len(keys))) if keys[n][0] not in COMMON), len(keys) - 1)
            del keys[place], parts[place]
        self._drawn = [key for key, _, _ in keys]
        self._ends = list(itertools.accumulate(part.cell_length for part in parts))
        return Content("").join(parts)

    def on_click(self, event: Click) -> None:
        """A click on a key presses it."""
        number = bisect.bisect_right(self._ends, event.x)
        if number < len(self._ends):
            self.app.simulate_key(self._drawn[number])


def _part(shown: str, description: str) -> Content:
    return Content.assemble((f" {shown} ", "bold $footer-key-foreground"), (f"{description} ", "$muted"))
