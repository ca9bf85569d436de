"""Horizontal bars with names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tutor.widgets.glyphs import bar, padded, plain_ascii


@dataclass(frozen=True)
class Bar:
    """One bar; `meaning` is the style of its colour, such as `$activation`."""

    name: str
    value: float
    number: str
    meaning: str = "$activation"


class Bars(Static):
    """Bars under each other; the longest fills the width."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._bars: Sequence[Bar] = ()
        self._maximum = 0.0

    def show(self, bars: Sequence[Bar], maximum: float | None = None) -> None:
        """Draw `bars`; `maximum` is the value of a full bar, the largest by default."""
        self._bars = bars
        self._maximum = max((item.value for item in bars), default=0.0) if maximum is None else maximum
        self.refresh(layout=True)

    def render(self) -> Content:
        """The bars at the widget's width."""
        return bars_content(self._bars, self._maximum, self.size.width or 60)


def bars_content(bars: Sequence[Bar], maximum: float, width: int) -> Content:
    """One line per bar: name, bar, number."""
    name_width = max((cell_len(item.name) for item in bars), default=0)
    number_width = max((len(item.number) for item in bars), default=0)
    room = max(4, width - name_width - number_width - 2)
    lines = [
        Content.assemble(
            (padded(item.name, name_width), "$foreground"),
            " ",
            (bar(item.value, maximum, room).ljust(room), item.meaning),
            " ",
            (item.number.rjust(number_width), "$muted"),
        )
        for item in bars
    ]
    return Content("\n").join(lines)


def signed_bar(value: float, most: float, width: int) -> tuple[str, str]:
    """A bar to the left (below zero) or to the right of the middle of `width` cells: what stands on each side."""
    half = width // 2
    length = min(1.0, abs(value) / most) * half if most > 0 else 0.0
    if value >= 0:
        return " " * half, bar(length, half, half).ljust(width - half)
    full, rest = divmod(round(2 * length), 2)  # there is no eighth of a cell from the right, but there is a half
    drawn = ("-" * full if plain_ascii() else "▐" * rest + "█" * full).rjust(half)
    return drawn, " " * (width - half)
