"""Send only the cells that changed.

Textual repaints the whole region of a widget that changed, and the whole screen when a layout did: 10 kB for one move
of a cursor, which over SSH is what one waits for. Here each update is held against what the terminal already shows.
It builds on internals of Textual, whose version is pinned exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from tutor.terminal.depth import Depth, colour_codes, readable_ink

Cell = tuple[str, object]
"""A character and what it looks like; the right half of a wide character is ''."""

GAP = 6
"""Unchanged cells that are sent along rather than jumped over: moving the cursor costs as many bytes."""


class Shown:
    """What the terminal shows, as far as we know."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, Cell]] = {}

    def forget(self) -> None:
        """The terminal may show anything: after a change of its size, or when another program wrote to it."""
        self._rows.clear()

    def changed(self, x: int, y: int, strip: Strip) -> Iterator[tuple[int, int]]:
        """Runs `(start, end)` of columns of `strip`, placed at `x`, `y`, that differ; they count as shown from now."""
        row = self._rows.setdefault(y, {})
        cells = _cells(strip)
        different = [row.get(x + column) != cell for column, cell in enumerate(cells)]
        for column, cell in enumerate(cells):
            row[x + column] = cell
        yield from _runs(different, cells)


class Pen:
    """Writes strips as escape sequences, naming a colour or an attribute only where it changes."""

    def __init__(self, depth: Depth) -> None:
        """Args: depth: the colours that the terminal shows."""
        self._depth = depth
        self._written: list[str] = []
        self._colours = DEFAULT
        self._attributes = ""

    def write(self, x: int, y: int, strip: Strip) -> None:
        """Write `strip` at column `x` of row `y`."""
        self._written.append(Control.move_to(x, y).segment.text)
        for text, style, _ in strip:
            if style is not None:
                self._take(style, blank=text.isspace())
            self._written.append(text)

    def lift(self) -> str:
        """Everything that was written; the terminal is left without colours and attributes."""
        if self._attributes or self._colours != DEFAULT:
            self._written.append("\x1b[0m")
        return "".join(self._written)

    def _take(self, style: Style, blank: bool) -> None:
        attributes = style.without_color._make_ansi_codes(ColorSystem.STANDARD) if style._attributes else ""
        codes: list[str] = []
        if attributes != self._attributes:
            codes = ["0", attributes] if attributes else ["0"]
            self._attributes, self._colours = attributes, DEFAULT
        ink, paper = _codes(style.color, style.bgcolor, self._depth)
        if blank and not attributes:
            ink = self._colours[0]  # a blank shows none
        codes += [new for new, old in zip((ink, paper), self._colours, strict=True) if new != old]
        if codes:
            self._written.append(f"\x1b[{';'.join(codes)}m")
        self._colours = ink, paper


DEFAULT = ("39", "49")
"""The codes that choose the terminal's own colours."""


@lru_cache(maxsize=4096)
def _codes(ink: Color | None, paper: Color | None, depth: Depth) -> tuple[str, str]:
    """The codes that choose two colours."""
    text, ground = _hex(ink), _hex(paper)
    if depth == "none":
        return DEFAULT
    if depth == "16" and text and ground:
        text = readable_ink(text, ground)
    return (
        colour_codes(text, depth, ink=True) if text else DEFAULT[0],
        colour_codes(ground, depth, ink=False) if ground else DEFAULT[1],
    )


def _hex(colour: Color | None) -> str:
    """`#rrggbb`, '' for the terminal's own."""
    return "" if colour is None or colour.is_default else colour.get_truecolor().hex


class ChangedCells(CompositorUpdate):
    """An update, cut down to the cells that changed."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, shown: Shown, depth: Depth) -> None:
        self._update = update
        self._shown = shown
        self._depth = depth

    def render_segments(self, console: Console) -> str:
        """Escape sequences and text for the terminal."""
        pen = Pen(self._depth)
        for x, y, strip in _placed(self._update):
            for start, end in self._shown.changed(x, y, strip):
                pen.write(x + start, y, strip.crop(start, end))
        return pen.lift()


def _placed(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The update's strips with the place of their first cell."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, Strip.join(line)
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= x2 and end > x1:
                yield x, y, strip.crop(0, min(end, x2) - x)


def _cells(strip: Strip) -> list[Cell]:
    """A cell per column; a combining character belongs to the cell before it."""
    cells: list[Cell] = []
    for segment in strip:
        look = _look(segment)
        if segment.text.isascii():
            cells.extend((character, look) for character in segment.text)
            continue
        for character in segment.text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + character, look)
            cells.extend([(character, look), ("", look)][:width])
    return cells


def _look(segment: Segment) -> object:
    """What a style looks like, without what Textual remembers in it for the mouse."""
    style = segment.style
    if style is None:
        return None
    return style.color, style.bgcolor, style._attributes, style._set_attributes


def _runs(different: list[bool], cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """Stretches of different cells, small gaps included, that never cut a wide character."""
    start = end = -1
    for column, differs in enumerate(different):
        if not differs:
            continue
        if start >= 0 and column - end > GAP:
            yield _widened(start, end, cells)
            start = column
        start, end = (column if start < 0 else start), column + 1
    if start >= 0:
        yield _widened(start, end, cells)


def _widened(start: int, end: int, cells: list[Cell]) -> tuple[int, int]:
    if not cells[start][0]:
        start -= 1
    if end < len(cells) and not cells[end][0]:
        end += 1
    return start, end
