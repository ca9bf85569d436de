"""Where the memory goes: what a plan needs as a stacked bar, to the scale of what the machine has, and its numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tutor.engine.memory import USABLE
from tutor.text import human_bytes
from tutor.widgets.glyphs import padded, plain_ascii

Row = tuple[str, int]
"""A component and its bytes."""


@dataclass(frozen=True)
class Part:
    """How one component is drawn. Parts of one meaning have one colour, and differ by their glyph."""

    label: str
    meaning: str
    glyph: str
    letter: str
    """Stands for the part where colours or block characters are missing."""


PARTS: Mapping[str, Part] = {
    "weights": Part("weights", "$frozen", "█", "w"),
    "adapter": Part("adapter", "$trainable", "█", "a"),
    "gradients": Part("gradients", "$trainable", "▓", "g"),
    "optimizer": Part("optimizer", "$trainable", "▒", "o"),
    "activations": Part("activations", "$activation", "█", "x"),
    "logits": Part("logits", "$activation", "▓", "l"),
    "cache": Part("KV cache", "$activation", "▒", "k"),
    "overhead": Part("overhead", "$muted", "█", "v"),
    "reserved": Part("reserved", "$faint", "▒", "r"),
}
"""Components by their names in `tutor.engine.memory.MemoryPlan`. What is not among them is overhead."""

ENTRY, NAME, NUMBER, GAP = 21, 11, 7, 3
"""Cells of an entry of the legend, of its name and number, and between two entries."""


def grouped(rows: Sequence[Row]) -> list[Row]:
    """The rows that can be seen, in the order of `PARTS`, with what is overhead added up."""
    sizes = dict.fromkeys(PARTS, 0)
    for name, size in rows:
        sizes[name if name in PARTS else "overhead"] += size
    return [(name, size) for name, size in sizes.items() if size > 0]


def scale(most: int, available: int) -> int:
    """Bytes that a whole bar stands for: what the machine has, or a half, a quarter, … of it where `most` is little."""
    if most > available:
        return most
    whole = available
    while 0 < most < 0.35 * whole:
        whole = -(-whole // 2)
    return whole


def cells(rows: Sequence[Row], whole: int, width: int) -> list[tuple[str, int]]:
    """How many of `width` cells each row takes. Boundaries are rounded, so that lengths add up to that of the sum."""
    ends = [round(end * width / whole) if whole else 0 for end in itertools.accumulate(size for _, size in rows)]
    return [(name, end - start) for (name, _), start, end in zip(rows, [0, *ends], ends, strict=False)]


def bar(rows: Sequence[Row], whole: int, available: int, width: int, *, letters: bool) -> Content:
    """The stacked bar in `width` cells, with a mark where the machine's memory ends."""
    pieces: list[tuple[str, str]] = []
    for name, count in cells(rows, whole, width):
        part = PARTS[name]
        pieces.append(((part.letter if letters else part.glyph) * count, part.meaning))
    used = sum(len(text) for text, _ in pieces)
    pieces.append((("." if letters else "·") * (width - used), "$faint"))
    drawn = Content.assemble(*pieces)
    if available >= whole:
        return drawn
    edge = min(width - 1, round(available * width / whole))
    return drawn[:edge] + Content.styled("|" if letters else "┃", "bold $problem") + drawn[edge + 1 :]


def legend(rows: Sequence[Row], width: int, *, letters: bool) -> list[Content]:
    """Each part with its bytes, in as many columns as fit."""
    columns = max(1, (width + GAP) // (ENTRY + GAP))
    room = max(1, min(NAME, width - NUMBER - 3))
    entries = [
        Content.assemble(
            (PARTS[name].letter if letters else PARTS[name].glyph, PARTS[name].meaning),
            (" " + padded(PARTS[name].label, room), "$foreground"),
            (" " + human_bytes(size).rjust(NUMBER), "$muted"),
        )
        for name, size in rows
    ]
    lines = (entries[start : start + columns] for start in range(0, len(entries), columns))
    return [Content(" " * GAP).join(line) for line in lines]


def pointer(name: str, size: int, total: int, whole: int, width: int, *, letters: bool) -> Content:
    """A mark under the bar at what was measured, and the number at its right, or at its left where there is no room."""
    place = min(width - 1, max(0, round(size * width / whole) - 1)) if whole else 0
    mark = ("^" if letters else "▲", "bold $foreground")
    text = f"{human_bytes(size)} {name}"
    share = f"{text}, {size / total:.0%} of the plan" if total else text
    for says in (share, text):
        if place + 2 + len(says) <= width:
            return Content(" " * place) + Content.assemble(mark, f" {says}")
        if len(says) < place:
            return Content.assemble(f"{says} ".rjust(place), mark)
    return (Content(" " * place) + Content.assemble(mark, f" {text}"))[:width]


@dataclass(frozen=True)
class _Shown:
    """What a meter shows."""

    what: str
    rows: Sequence[Row]
    available: int
    measured: Sequence[Row]

    @property
    def total(self) -> int:
        return sum(size for _, size in self.rows)


class MemoryMeter(Static):
    """A headline, the bar, what was measured, and the legend; as high as it must be at its width."""

    def __init__(
        self,
        rows: Sequence[Row] = (),
        available: int = 0,
        measured: Sequence[Row] | None = None,
        *,
        what: str = "predicted",
        legend_from: int = 0,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """Args:
        rows: the components in bytes, named like those of `MemoryPlan.rows`.
        available: bytes of memory that the machine has for them; 0 while that is not known.
        measured: what was really taken, by its name, such as `resident`.
        what: what the sum of the rows is called.
        legend_from: the legend is left out where there are fewer cells than these.
        """
        super().__init__(id=id, markup=False)
        self._legend_from = legend_from
        self._shown = _Shown(what, (), 0, ())
        self.show(rows, available, measured)

    def show(
        self, rows: Sequence[Row], available: int, measured: Sequence[Row] | None = None, what: str | None = None
    ) -> None:
        """Draw other numbers. Nothing happens where they are the same."""
        now = _Shown(what or self._shown.what, tuple(grouped(rows)), available, tuple(measured or ()))
        if now != self._shown:
            self._shown = now
            self.display = bool(now.rows)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are at this width."""
        return len(self.lines(width))

    def render(self) -> Content:
        """All lines at the widget's width."""
        return Content("\n").join(self.lines(self.content_size.width or self.size.width))

    def lines(self, width: int) -> list[Content]:
        """The meter in `width` cells."""
        shown, total = self._shown, self._shown.total
        if not shown.rows or width < 1:
            return []
        letters = plain_ascii() or self.app.no_color
        whole = scale(max(total, *(size for _, size in shown.measured), 0), shown.available)
        return [
            *self._headline(whole, width),
            bar(shown.rows, whole, shown.available or whole, width, letters=letters),
            *(pointer(name, size, total, whole, width, letters=letters) for name, size in shown.measured),
            *(legend(shown.rows, width, letters=letters) if width >= self._legend_from else ()),
        ]

    def _headline(self, whole: int, width: int) -> list[Content]:
        """The sum against the machine; on a line of its own what a bar of a part of it stands for, if need be."""
        total, available = self._shown.total, self._shown.available
        head = Content.assemble((human_bytes(total), "bold"), f" {self._shown.what}")
        if not available:
            return [head[:width]]
        have = f"{human_bytes(available)} free"
        if total > available:
            return [(head + Content.assemble(("  does not fit", "bold $problem"), (f" into {have}", "$muted")))[:width]]
        if total > USABLE * available:
            return [(head + Content.assemble(("  tight", "bold $operation"), (f" in {have}", "$muted")))[:width]]
        head += Content.styled(f" of {have}", "$muted")
        part = round(available / whole)
        if part == 1:
            return [head[:width]]
        note = Content.styled(f"the bar shows 1/{part} of it", "$muted")
        both = head + Content.styled(" · ", "$muted") + note
        return [both] if both.cell_length <= width else [head[:width], note[:width]]
