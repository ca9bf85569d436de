"""Small matrices above the one that is walked through, with the row and the column lit that take part in its cell."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.columns import side_by_side
from tutor.widgets.figures.base import Cells, View
from tutor.widgets.figures.cells import cells_content
from tutor.widgets.figures.layout import Layout

Lit = tuple[int | None, int | None]
"""The row and the column that take part; None: all of them."""


def lit_matrix(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    lit: Lit,
    view: View,
) -> list[Content]:
    """The lines of one matrix."""
    marked = frozenset(
        (row, column)
        for row in range(len(rows))
        for column in range(len(columns))
        if lit[0] in (None, row) and lit[1] in (None, column)
    )
    cells = Cells(rows, columns, values, lambda _row, _column: Content(), title=title, lit=marked)
    layout = Layout.fit(cells, view.width, len(rows), (0, 0))
    return cells_content(cells, layout, colours=view.colours).split("\n")


def together(drawn: Sequence[list[Content]], width: int) -> list[Content]:
    """Two matrices beside each other where they fit, else under each other."""
    if len(drawn) < 2:
        return drawn[0] if drawn else []
    needs = sum(max(line.cell_length for line in part) for part in drawn) + 3
    return side_by_side(drawn[0], drawn[1], width) if needs <= width else [*drawn[0], *drawn[1]]
