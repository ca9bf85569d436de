"""The residual stream of the last token, layer by layer, as heat."""

from __future__ import annotations

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Cells, TracePicture, View
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.trace import Trace


class StreamHeat(TracePicture):
    """A row per layer, a column per dimension; each row has a colour scale of its own."""

    def __init__(self, every: int = 1) -> None:
        """Args: every: show each n-th layer only, and the last."""
        self._every = every

    def picture(self, trace: Trace, view: View) -> Content:
        """What the colours mean."""
        says = "Violet below zero, orange above." if view.colours else "From -4 to +4, 0 is near zero."
        return Content.styled(f"{says} Each row has a scale of its own: the stream grows.", "$muted")

    def cells(self, trace: Trace) -> Cells:
        """Layers by dimensions."""
        cells = trace.report["cells"]
        layers = shown_layers(len(cells), self._every)
        return Cells(
            rows=[layer_name(layer).strip() for layer in layers],
            columns=[f"dimension {column}" for column in range(len(cells[0]))],
            values=[cells[layer] for layer in layers],
            explain=lambda row, column: origin_of(trace, layers[row], column),
            numbers=False,
            by_row=True,
        )


def origin_of(trace: Trace, layer: int, dimension: int) -> Content:
    """How a number of the last token's vector came about: looked up, or added to by a layer."""
    report = trace.report
    value = report["cells"][layer][dimension]
    if layer == 0:
        piece, token = visible(clean_text(report["pieces"][-1])), report["ids"][-1]
        return Content.assemble(
            "embedding of ",
            (piece, "$activation"),
            f": row {token}, column {dimension} of the table holds {value:+.3f}",
        )
    parts = [report[part][layer - 1][dimension] for part in ("attention_cells", "mlp_cells")]
    before = report["cells"][layer - 1][dimension]
    return Content.assemble(
        f"{before:+.3f} came in, attention adds ", (f"{parts[0]:+.3f}", "$operation"),
        ", the MLP ", (f"{parts[1]:+.3f}", "$operation"), f": {value:+.3f}",
        (f", rounded to {trace.about['dtype']}", "$muted"),
    )  # fmt: skip


def shown_layers(count: int, every: int) -> list[int]:
    """Each `every`-th of `count` layers, always with the last."""
    layers = list(range(0, count, every))
    return layers if layers[-1] == count - 1 else [*layers, count - 1]


def layer_name(layer: int) -> str:
    """Its name in a table; 0 is before the first layer."""
    return " embed" if layer == 0 else f"{layer:>6}"
