"""The line at the bottom of every screen: the keys that work here and now."""

from __future__ import annotations

import bisect

from textual.content import Content
from textual.events import Click
from textual.screen import Screen
from textual.widgets import Static

COMMON = ("escape", "question_mark", "ctrl+p")
"""Keys of every screen; they come last."""


class KeyBar(Static):
    """Built from the active bindings, so that it cannot lie. One widget, repainted only when the keys change.

    Textual's own Footer rebuilds a widget per key whenever the focus moves, which costs kilobytes over SSH.
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._keys: list[tuple[str, str, str]] = []
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
        parts: list[Content] = []
        self._ends = []
        width = 0
        for _, shown, description in self._keys:
            part = Content.assemble((f" {shown} ", "bold $footer-key-foreground"), (f"{description} ", "$muted"))
            width += part.cell_length
            if width > self.size.width:
                break
            self._ends.append(width)
            parts.append(part)
        return Content("").join(parts)

    def on_click(self, event: Click) -> None:
        """A click on a key presses it."""
        number = bisect.bisect_right(self._ends, event.x)
        if number < len(self._ends):
            self.app.simulate_key(self._keys[number][0])
