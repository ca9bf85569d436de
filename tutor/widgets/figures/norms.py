"""How long the residual vector is after each layer."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.lesson.trace import Trace


class NormColumns(TracePicture):
    """A column per layer, of the last token's vector."""

    def __init__(self, height: int = 8) -> None:
        """Args: height: lines of the tallest column."""
        self._height = height

    def picture(self, trace: Trace, view: View) -> Content:
        """Columns over the layers' numbers."""
        norms = trace.report["residual_norms"]
        step = 2 if len(norms) * 2 + 8 <= view.width else 1
        lines = [Content.styled(f"{max(norms):7.1f} ┐", "$muted")]
        for row in reversed(range(self._height)):
            text = "".join(column_cell(norm, max(norms), row, self._height).ljust(step) for norm in norms)
            lines.append(Content.assemble((" " * 8, ""), (text, "$activation")))
        marks = "".join(f"{layer:<{step * 5}}" for layer in range(0, len(norms), 5))
        lines.append(Content.styled(" " * 8 + marks, "$muted"))
        ends = f"{norms[0]:.1f} after embedding, {norms[-1]:.1f} after layer {len(norms) - 1}"
        lines.append(Content.styled(f"Norm of the last token's vector: {ends}.", "$muted"))
        return Content("\n").join(lines)


def column_cell(value: float, maximum: float, row: int, height: int) -> str:
    """The character of a column at `row` from the bottom."""
    eighths = round(value / maximum * height * 8) - row * 8 if maximum > 0 else 0
    if plain_ascii():
        return "#" if eighths >= 4 else " "
    if eighths >= 8:
        return "█"
    return " ▁▂▃▄▅▆▇"[max(0, eighths)]
