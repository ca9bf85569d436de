"""The numbers of one vector, as they are."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.heat import legend, level, level_paper, scale_of
from tutor.widgets.lesson.trace import Trace

CELL = 7


class VectorCells(TracePicture):
    """The first dimensions of the last token's vector, before the first layer or after a later one."""

    def __init__(self, layer: int = 0, count: int = 48) -> None:
        """Args: layer: 0 for the embedding, n for what layer n hands on; count: how many dimensions."""
        self._layer = layer
        self._count = count

    def picture(self, trace: Trace, view: View) -> Content:
        """Values on the colour of their size."""
        vector = trace.report["cells"][self._layer][: self._count]
        scale = scale_of([vector])
        columns = max(1, view.width // CELL)
        rows = [vector[start : start + columns] for start in range(0, len(vector), columns)]
        lines = [Content.assemble(*(_cell(value, scale, not view.colours) for value in row)) for row in rows]
        piece = trace.report["pieces"][-1]
        says = f"The first {len(vector)} of {trace.about['hidden']} numbers of the last token {piece!r}"
        lines.append(Content())
        lines += [Content.styled(says, "$muted"), legend(scale, digits=not view.colours)]
        return Content("\n").join(lines)


def _cell(value: float, scale: float, no_color: bool) -> tuple[str, str]:
    step = level(value, scale)
    text = f"{value:+.2f}".rjust(CELL - 1) + " "
    return text, "$foreground" if no_color else level_paper(step)
