"""The cursor's row as a distribution: bars beside a matrix, or columns below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual.content import Content

from tutor.widgets.figures.base import Cells
from tutor.widgets.figures.layout import BELOW, MASKED, Layout, cut_name
from tutor.widgets.figures.norms import column_cell
from tutor.widgets.glyphs import bar, padded

GAP = 3
NAME = 10
NUMBER = 7
"""Cells of a number and the gaps around it."""
WIDEST = 34
"""Cells of the longest bar."""


def bars_beside(cells: Cells, layout: Layout, lines: Sequence[Content]) -> list[Content]:
    """`lines` (the header and the rows) with bars at their right: at each row the weight of the column of that name.

    Where two rows share a line, the largest weights instead, the largest first.
    """
    row = cells.values[layout.near[0]]
    largest = layout.cell == 1
    weights = {place: value for place, value in enumerate(row) if value is not None}
    most = max(weights.values(), default=0.0)
    places = sorted(weights, key=lambda place: -weights[place])[: layout.lines] if largest else [*layout.shown_rows]
    titles = [cut_name(cells.columns[place], NAME) for place in places]
    if largest:  # far from its column a name alone does not tell which of two equal tokens it is
        titles = [f"{place + 1:>3} {title}" for place, title in zip(places, titles, strict=True)]
    width = max(map(cell_len, titles))
    widths = width, min(WIDEST, layout.beside - GAP - width - NUMBER)
    drawn = [_heading(cells, layout, ", largest first" if largest else "")]
    for place, title in zip(places, titles, strict=True):
        lit = layout.marked and place == layout.near[1]
        drawn.append(_bar(title, weights.get(place), most, widths, lit=lit))
    start = layout.name + layout.columns * layout.cell + GAP
    return [
        line.truncate(start, pad=True) + beside.truncate(layout.beside - GAP)
        for line, beside in zip_longest(lines, drawn, fillvalue=Content())
    ]


def _heading(cells: Cells, layout: Layout, more: str) -> Content:
    name = cut_name(cells.rows[layout.near[0]], NAME)
    return Content.styled(f"row of {name}{more}", "bold $primary" if layout.marked else "$muted")


def _bar(title: str, value: float | None, most: float, widths: tuple[int, int], *, lit: bool) -> Content:
    name, room = widths
    named = (padded(title, name), "bold $primary" if lit else "$muted")
    if value is None:
        return Content.assemble(named, (f"  {MASKED}".ljust(NUMBER), "$faint"))
    drawn = bar(value, most, room)
    return Content.assemble(named, (f"{value:>6.3f} ", "$foreground"), (drawn, "$primary" if lit else "$activation"))


def columns_below(cells: Cells, layout: Layout) -> list[Content]:
    """The same as columns under the matrix, the largest as high as there is room."""
    row = cells.values[layout.near[0]]
    most = max((value for value in row if value is not None), default=0.0)
    height = BELOW - 1
    lines = [_heading(cells, layout, f", largest {most:.3f}")]
    for line in reversed(range(height)):
        spans = [(" " * layout.name, "")]
        for column in layout.shown_columns:
            lit = layout.marked and column == layout.near[1]
            drawn = column_cell(row[column] or 0.0, most, line, height) * layout.cell
            spans.append((drawn, "$primary" if lit else "$activation"))
        lines.append(Content.assemble(*spans))
    return lines
