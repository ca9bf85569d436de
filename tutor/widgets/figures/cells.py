"""A matrix as text: numbers on the colour of their size, or two characters of colour a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Cells
from tutor.widgets.glyphs import centred, padded, visible
from tutor.widgets.heat import level, level_cell, level_paper, scale_of, shade, shade_cell, shade_paper

NAME = 12
"""The most cells that the name of a row may take."""
MORE = 8
"""Cells that say which columns are shown, where not all are."""
MASKED = "·"

Span = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """Which rows and columns are shown, and how wide."""

    top: int
    left: int
    rows: int
    columns: int
    name: int
    """Cells of a row's name."""
    cell: int
    """Cells of one cell."""
    header: int
    """Lines above the first row."""
    cursor: tuple[int, int] | None
    """The cell to mark."""

    @classmethod
    def fit(
        cls, cells: Cells, width: int, most_rows: int, near: tuple[int, int], cursor: tuple[int, int] | None = None
    ) -> Layout:
        """As much of `cells` as fits `width`, with the cell `near` in it."""
        name = min(NAME, max((cell_len(label(text)) for text in cells.rows), default=0)) + 1
        cell = 2 if not cells.numbers else max(5, max(len(shown(cells, v)) for row in cells.values for v in row) + 1)
        columns = (width - name) // cell
        if columns < len(cells.columns):
            columns = (width - name - MORE) // cell
        columns = max(1, min(len(cells.columns), columns))
        rows = min(len(cells.rows), most_rows)
        return cls(
            top=_window(near[0], rows, len(cells.rows)), left=_window(near[1], columns, len(cells.columns)),
            rows=rows, columns=columns, name=name, cell=cell, header=1 + bool(cells.title), cursor=cursor,
        )  # fmt: skip

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """The cell at column `x`, line `y` of the drawn text."""
        row, column = y - self.header, (x - self.name) // self.cell
        if x < self.name or not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        return self.top + row, self.left + column


def _window(near: int, size: int, count: int) -> int:
    """First of `size` shown out of `count`, so that `near` is among them, about in the middle."""
    return max(0, min(near - size // 2, count - size))


def label(text: str) -> str:
    """The name of a row or column, safe and with its spaces visible."""
    return visible(clean_text(text)) if text.strip() != text else clean_text(text)


def shown(cells: Cells, value: float | None) -> str:
    """A value as it stands in its cell."""
    return MASKED if value is None else format(value, cells.form)


def cells_content(cells: Cells, layout: Layout, *, colours: bool) -> Content:
    """The shown part, a line per row, below the names of the columns."""
    rows = range(layout.top, layout.top + layout.rows)
    columns = range(layout.left, layout.left + layout.columns)
    scale = _scale(cells)
    lines = [Content.styled(cells.title, "$muted")] if cells.title else []
    header = "".join(centred(cut_name(cells.columns[c], layout.cell - 1), layout.cell) for c in columns)
    more = "" if layout.columns == len(cells.columns) else f" {layout.left + 1}-{layout.left + layout.columns}"
    lines.append(Content.assemble((" " * layout.name + header, "$muted"), (more, "$faint")))
    for row in rows:
        spans: list[Span] = [(padded(cut_name(cells.rows[row], layout.name - 1), layout.name), "$muted")]
        drawn = [_cell(cells, layout, row, column, scale, colours) for column in columns]
        # Runs of one style are one span: most of the bytes of a heat map are colour changes.
        spans.extend(("".join(text for text, _ in run), style) for style, run in _runs(drawn))
        lines.append(Content.assemble(*spans))
    return Content("\n").join(lines)


def _runs(drawn: Sequence[Span]) -> list[tuple[str, list[Span]]]:
    return [(style, list(run)) for style, run in groupby(drawn, key=lambda span: span[1])]


def cut_name(text: str, width: int) -> str:
    """A name cut to `width` cells."""
    name = label(text)
    if cell_len(name) <= width:
        return name
    return padded(name, width - 1).rstrip() + "…" if width > 2 else padded(name, width)


def _scale(cells: Cells) -> float:
    values = [[value for value in row if value is not None] for row in cells.values]
    if cells.scale == "share":
        return max((value for row in values for value in row), default=0.0)
    return scale_of(values)


def _cell(cells: Cells, layout: Layout, row: int, column: int, scale: float, colours: bool) -> Span:
    value = cells.values[row][column]
    at_cursor = (row, column) == layout.cursor
    if value is None:
        text, style = MASKED, "$faint"
    elif cells.numbers:
        text, style = shown(cells, value), background(cells, value, scale) if colours else "$foreground"
    else:
        text, style = ("", background(cells, value, scale)) if colours else _in_glyphs(cells, value, scale)
    if (row, column) in cells.lit:
        style = f"bold $operation {style}" if colours else "bold underline"
    text = text.rjust(layout.cell - 1) + " " if cells.numbers else text.ljust(layout.cell)
    return text, f"{style} reverse" if at_cursor else style


def background(cells: Cells, value: float, scale: float) -> str:
    """The style that shows how large a value is."""
    return shade_paper(shade(value, scale)) if cells.scale == "share" else level_paper(level(value, scale))


def _in_glyphs(cells: Cells, value: float, scale: float) -> Span:
    return shade_cell(shade(value, scale)) if cells.scale == "share" else level_cell(level(value, scale))
