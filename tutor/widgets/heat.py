"""Heat cells: a matrix of real values, two characters a cell, in nine steps around zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from textual.content import Content
from textual.widgets import Static

Matrix = Sequence[Sequence[float]]

STEPS = 4
"""Steps on each side of zero; few, so that neighbours merge and little is sent over a slow line."""


def level(value: float, scale: float) -> int:
    """Step of `value` between -4 and 4, where `scale` is the absolute value that gets the last step."""
    if scale <= 0 or not math.isfinite(value):
        return 0
    return round(max(-1.0, min(1.0, value / scale)) * STEPS)


def scale_of(matrix: Matrix) -> float:
    """The absolute value below which 98 % of the values lie: a few outliers must not turn the rest grey."""
    values = sorted(abs(value) for row in matrix for value in row if math.isfinite(value))
    return values[min(len(values) - 1, int(len(values) * 0.98))] if values else 0.0


def heat_content(names: Sequence[str], matrix: Matrix, *, digits: bool) -> Content:
    """A line per row: its name, then its cells.

    Args:
        digits: write the step into each cell instead of colouring it (no colours).
    """
    scale = scale_of(matrix)
    name_width = max((len(name) for name in names), default=0)
    lines = []
    for name, row in zip(names, matrix, strict=True):
        parts: list[tuple[str, str]] = [(name.rjust(name_width) + " ", "$foreground")]
        levels = [level(value, scale) for value in row]
        if digits:
            parts.append(("".join(f"{step:+d}" if step else " 0" for step in levels), "$foreground"))
        else:
            # Runs of equal cells are one span: most of the bytes of a heat map are colour changes.
            parts.extend(("  " * len(list(run)), f"on $heat{step}" if step else "") for step, run in groupby(levels))
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


def legend(scale: float, *, digits: bool) -> Content:
    """What the colours mean: from minus `scale` through zero to plus `scale`."""
    if digits:
        return Content(f"-4 is {-scale:.2f}, 0 is near zero, +4 is {scale:.2f}")
    cells = [("  ", f"on $heat{step}" if step else "") for step in range(-STEPS, STEPS + 1)]
    return Content.assemble((f"{-scale:.2f} ", "$muted"), *cells, (f" {scale:.2f}", "$muted"))


class HeatGrid(Static):
    """Rows of heat cells, cut to the width."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._names: Sequence[str] = ()
        self._matrix: Matrix = ()

    def show(self, names: Sequence[str], matrix: Matrix) -> None:
        """Draw `matrix`, a name per row."""
        self._names, self._matrix = names, matrix
        self.refresh(layout=True)

    def render(self) -> Content:
        """As many columns as fit."""
        room = (self.size.width or 60) - max((len(name) for name in self._names), default=0) - 1
        cut = [row[: max(0, room // 2)] for row in self._matrix]
        return heat_content(self._names, cut, digits=self.app.no_color)
