"""The numbers of one vector, as they are."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.figures.base import Cells, TracePicture, View
from tutor.widgets.figures.stream import origin_of
from tutor.widgets.lesson.trace import Trace

COLUMNS = 8
"""Numbers in a row: as many as the narrowest page has room for."""


class VectorCells(TracePicture):
    """The first dimensions of the last token's vector, before the first layer or after a later one."""

    def __init__(self, layer: int = 0, count: int = 48) -> None:
        """Args: layer: 0 for the embedding, n for what layer n hands on; count: how many dimensions."""
        self._layer = layer
        self._count = count

    def picture(self, trace: Trace, view: View) -> Content:
        """What the numbers are."""
        shown = len(self._vector(trace))
        piece = trace.report["pieces"][-1]
        says = f"The first {shown} of {trace.about['hidden']} numbers of the last token {piece!r}."
        return Content.styled(says, "$muted")

    def cells(self, trace: Trace) -> Cells:
        """Values on the colour of their size, in rows."""
        vector = self._vector(trace)
        starts = range(0, len(vector), COLUMNS)
        rows: list[list[float | None]] = [list(vector[start : start + COLUMNS]) for start in starts]
        rows[-1] += [None] * (COLUMNS - len(rows[-1]))
        return Cells(
            rows=[str(start) for start in starts],
            columns=[f"+{column}" for column in range(COLUMNS)],
            values=rows,
            explain=lambda row, column: self._explain(trace, row * COLUMNS + column),
            form="+.2f",
        )

    def _vector(self, trace: Trace) -> list[float]:
        vector: list[float] = trace.report["cells"][self._layer]
        return vector[: self._count]

    def _explain(self, trace: Trace, dimension: int) -> Content:
        if dimension >= len(self._vector(trace)):
            return Content("not shown")
        return origin_of(trace, self._layer, dimension)
