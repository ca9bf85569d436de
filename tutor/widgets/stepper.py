"""A number that the arrows change, one step at a time, from a list of sensible values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from tutor.widgets.glyphs import plain_ascii


class Stepper(Static, can_focus=True):
    """`name ◂ value ▸`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,minus", "cursor_left", "Less", key_display="←"),
        Binding("right,l,plus", "cursor_right", "More", key_display="→"),
    ]

    class Changed(Message):
        """The value is another."""

        def __init__(self, stepper: Stepper) -> None:
            super().__init__()
            self.stepper = stepper

        @property
        def control(self) -> Stepper:
            """The stepper that changed."""
            return self.stepper

    def __init__(
        self,
        label: str,
        values: Sequence[float],
        value: float,
        *,
        names: dict[float, str] | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """Args: names: what to show instead of some values, such as `off`."""
        super().__init__(id=id, markup=False)
        self._label = label
        self._values = list(values)
        self._names = names or {}
        self.value = value

    def set_value(self, value: float) -> None:
        """Take `value` and say so."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(self))

    def offer(self, values: Sequence[float]) -> None:
        """Offer other values from now on, and take the nearest where the present one is none of them."""
        self._values = list(values)
        self.set_value(min(values, key=lambda value: abs(value - self.value)))

    def _step(self, by: int) -> None:
        place = self._values.index(self.value) + by
        if 0 <= place < len(self._values):
            self.set_value(self._values[place])

    def action_cursor_left(self) -> None:
        """One step down."""
        self._step(-1)

    def action_cursor_right(self) -> None:
        """One step up."""
        self._step(1)

    def on_click(self, event: Click) -> None:
        """A click in the left half of the number is less, in the right half more."""
        middle = len(self._label) + 2 + self._width() // 2
        self._step(-1 if event.x <= middle else 1)

    def _shown(self, value: float) -> str:
        return self._names.get(value, f"{value:g}")

    def _width(self) -> int:
        return max(len(self._shown(value)) for value in self._values)

    def render(self) -> Content:
        """The name, and the value between arrows."""
        left, right = ("<", ">") if plain_ascii() else ("◂", "▸")
        edge = "bold $primary" if self.has_focus else "$faint"
        value = "bold reverse" if self.has_focus and self.app.no_color else "bold"
        return Content.assemble(
            (self._label + " ", "$foreground" if self.has_focus else "$muted"),
            (left, edge),
            (self._shown(self.value).center(self._width() + 2), value),
            (right, edge),
        )
