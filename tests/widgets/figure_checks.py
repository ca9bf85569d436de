"""What every picture of a lesson is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tutor.widgets.figures.base import Figure, View

WIDTHS = (56, 76, 120)


def start_values(figure: Figure) -> dict[str, Any]:
    """The values that its controls begin with."""
    return {control.name: control.value for control in figure.controls()}


def drawn(figure: Figure, answer: Mapping[str, Any], width: int = 76, *, colours: bool = True, **values: Any) -> str:
    """The picture as plain text."""
    view = View(width, colours, tall=width > 80)
    return figure.picture(answer, start_values(figure) | values, view).plain


def assert_fits(figure: Figure, answer: Mapping[str, Any], **values: Any) -> None:
    """No line of the picture is wider than the view, with and without colours, and every cell explains itself."""
    for width in WIDTHS:
        for colours in (True, False):
            lines = drawn(figure, answer, width, colours=colours, **values).splitlines()
            assert lines, width
            for line in lines:
                assert cell_len(line) <= width, (width, line)
    cells = figure.cells(answer, start_values(figure) | values)
    if cells is not None:
        assert len(cells.values) == len(cells.rows)
        assert {len(row) for row in cells.values} == {len(cells.columns)}
        for row in range(len(cells.rows)):
            for column in range(len(cells.columns)):
                assert isinstance(cells.explain(row, column), Content)
