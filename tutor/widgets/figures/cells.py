"""A matrix as text: numbers on the colour of their size, two characters of colour a cell, or half a character."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len
from textual.content import Content

from tutor.widgets.figures.base import Cells
from tutor.widgets.figures.distribution import bars_beside, columns_below
from tutor.widgets.figures.layout import MASKED, Layout, cut_name, label, shown
from tutor.widgets.glyphs import centred, padded, plain_ascii
from tutor.widgets.heat import level, level_cell, level_paper, scale_of, shade, shade_cell

DECADES = 3
"""Powers of ten that a logarithmic scale spans."""
UPPER_HALF = "▀"
CURSOR = "[]"
NAME_ABOVE = 14
"""Cells that the name of the cursor's column may take."""

Span = tuple[str, str]
Place = tuple[int, int]
"""Row and column."""


def cells_content(cells: Cells, layout: Layout, *, colours: bool) -> Content:
    """The shown part, a line per row (or two rows a line), below the names of the columns."""
    scales = _scales(cells)
    lines = [Content.styled(cells.title, "$muted")] if cells.title else []
    lines.append(_header(cells, layout))
    if layout.cell == 1:
        lines += [_two_rows(cells, layout, row, scales) for row in layout.shown_rows[::2]]
    else:
        lines += [_one_row(cells, layout, row, scales[row], colours) for row in layout.shown_rows]
    if layout.beside:
        first = len(lines) - layout.lines - 1
        lines[first:] = bars_beside(cells, layout, lines[first:])
    elif cells.distributions:
        lines += columns_below(cells, layout)
    return Content("\n").join(lines)


def _header(cells: Cells, layout: Layout) -> Content:
    """The names of the columns; of narrow ones initials, and the whole name where the cursor is."""
    columns = [label(cells.columns[column]) for column in layout.shown_columns]
    if layout.cell > 2:
        names = "".join(centred(cut_name(name, layout.cell - 1), layout.cell) for name in columns)
        more = "" if layout.columns == len(cells.columns) else f" {layout.left + 1}-{layout.left + layout.columns}"
        return Content.assemble((" " * layout.name + names, "$muted"), (more, "$faint"))
    initials = _initials(columns, layout.cell)
    place = layout.name + (layout.near[1] - layout.left) * layout.cell
    name, mark = cut_name(cells.columns[layout.near[1]], NAME_ABOVE), "v" if plain_ascii() else "▾"
    wide = cell_len(name) + 1
    start, text = (
        (place, mark + name) if place + wide <= layout.name + len(initials) else (place + 1 - wide, name + mark)
    )
    line = Content.styled(" " * layout.name + initials, "$faint")
    here = Content.styled(text, "bold $primary" if layout.marked else "$muted")
    return line.truncate(max(0, start), pad=True) + here + line.divide([min(start + wide, len(line))])[1]


def _initials(names: Sequence[str], cell: int) -> str:
    """A letter for each column of one or two cells; of numbered ones (`layer 12`) every fifth number, in full."""
    numbers = [name.rpartition(" ")[2] for name in names]
    if not all(number.isdigit() for number in numbers):
        return "".join(padded(name.lstrip("·_")[:1] if cell > 1 else "", cell) for name in names)
    first = next((place for place, number in enumerate(numbers) if int(number) % 5 == 0), 0)
    marks = "".join(number.ljust(5 * cell) for number in numbers[first::5])
    return (" " * first * cell + marks).ljust(len(names) * cell)[: len(names) * cell]


def _name(cells: Cells, layout: Layout, row: int) -> Span:
    style = "bold $primary" if layout.marked and row == layout.near[0] else "$muted"
    return padded(cut_name(cells.rows[row], layout.name - 1), layout.name), style


def _one_row(cells: Cells, layout: Layout, row: int, scale: float, colours: bool) -> Content:
    draw = _pair if layout.cell == 2 else _number
    drawn = [draw(cells, layout, (row, column), scale, colours) for column in layout.shown_columns]
    return Content.assemble(_name(cells, layout, row), *joined(drawn))


def _two_rows(cells: Cells, layout: Layout, row: int, scales: Sequence[float]) -> Content:
    """Two rows in one line: the upper is the colour of a half block, the lower that of the ground behind it."""
    last = row + 1 >= layout.top + layout.rows
    drawn = []
    for column in layout.shown_columns:
        upper = _colour(cells, layout, (row, column), scales[row])
        lower = "$background" if last else _colour(cells, layout, (row + 1, column), scales[row + 1])
        drawn.append((" ", f"on {lower}") if upper == lower else (UPPER_HALF, f"{upper} on {lower}"))
    named = row + 1 if layout.marked and layout.near[0] == row + 1 else row
    return Content.assemble(_name(cells, layout, named), *joined(drawn))


def joined(drawn: Sequence[Span]) -> list[Span]:
    """Runs of one style as one span: most of the bytes of a heat map are colour changes."""
    return [("".join(text for text, _ in run), style) for style, run in groupby(drawn, key=lambda span: span[1])]


def _number(cells: Cells, layout: Layout, place: Place, scale: float, colours: bool) -> Span:
    value, at_cursor = cells.values[place[0]][place[1]], place == layout.cursor
    text = shown(cells, value).rjust(layout.cell - 1) + " "
    if value is None:
        style = "$faint"
    elif place in cells.lit:
        style = f"bold {_lit(cells, value, scale)}" if colours else "bold underline"
    else:  # where some cells are lit, the others step back
        style = "$muted" if cells.lit else background(cells, value, scale) if colours else ""
    if at_cursor:
        style = "bold auto on $primary" if colours else f"{style} reverse".strip()
    return text, style or "$foreground"


def _pair(cells: Cells, layout: Layout, place: Place, scale: float, colours: bool) -> Span:
    """Two characters: of colour, or a number behind a glyph that grows with it."""
    value, at_cursor = cells.values[place[0]][place[1]], place == layout.cursor
    if colours:
        style = f"on {_colour(cells, layout, place, scale)}"
        return (CURSOR, "bold $primary" if value is None else f"bold auto {style}") if at_cursor else ("  ", style)
    if value is None:
        text, style = MASKED + " ", "$faint"
    else:
        text, style = (level_cell if cells.scale == "signed" else shade_cell)(_step(cells, value, scale))
    return text, f"{style} reverse" if at_cursor else style


def _colour(cells: Cells, layout: Layout, place: Place, scale: float) -> str:
    """The colour of a cell; where nothing is, that of the screen."""
    value = cells.values[place[0]][place[1]]
    if place == layout.cursor and layout.cell == 1:
        return "$primary"
    if value is None:
        return "$background"
    step = _step(cells, value, scale)
    return f"$heat{step}" if cells.scale == "signed" and step else f"$scale{step}"


def background(cells: Cells, value: float, scale: float) -> str:
    """The style of a number on the colour of its size."""
    step = _step(cells, value, scale)
    return level_paper(step) if cells.scale == "signed" else f"auto on $scale{step}"


def _lit(cells: Cells, value: float, scale: float) -> str:
    """The same for a lit cell, which shows even where its value is small."""
    return background(cells, value, scale) if _step(cells, value, scale) else "auto on $edge"


def _scales(cells: Cells) -> list[float]:
    """Of each row, the value that gets the last step."""
    values = [[value for value in row if value is not None] for row in cells.values]
    if cells.by_row:
        return [_scale(cells, [row]) for row in values]
    return [_scale(cells, values)] * len(values)


def _scale(cells: Cells, values: Sequence[Sequence[float]]) -> float:
    if cells.scale == "signed":
        return scale_of(values)
    return max((value for row in values for value in row), default=0.0)


def _step(cells: Cells, value: float, scale: float) -> int:
    """Level or shade."""
    if cells.scale == "signed":
        return level(value, scale)
    if cells.scale == "log" and scale > 0:
        decades = math.log10(value / scale) if value > 0 else -DECADES
        return shade(1 + decades / DECADES, 1)
    return shade(value, scale)
