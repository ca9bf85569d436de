"""A real matrix before and after rounding: two histograms, and what a scale for fewer weights buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.engine.architecture import LINEAR_TARGETS
from tutor.text import clean_text
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View

FORMATS = ("int8", "int4", "FP4", "NF4")
GROUPS = ("tensor", "row", "block")
SAYS = {"tensor": "the whole matrix", "row": "each row", "block": "each 64 weights"}


class RoundedLayer(Figure):
    """The histogram of one matrix, over that of its rounded copy."""

    ASK = ("trace", "rounded_layer.look")
    BUSY = "Rounding …"

    def __init__(self, name: str = "NF4", group: str = "block", matrix: str = "gate_proj") -> None:
        """Args: name: the format; group: what shares a scale; matrix: of a block."""
        self._name = name
        self._group = group
        self._matrix = matrix

    def controls(self) -> Sequence[Control]:
        """Format, scales, and which matrix."""
        return (
            Pick("name", "format", FORMATS, self._name),
            Pick("group", "a scale per", GROUPS, self._group),
            Number("layer", "layer", range(64), 10),
            Pick("matrix", "matrix", LINEAR_TARGETS, self._matrix),
        )

    def params(self, values: Values) -> Values:
        """The layer is whole."""
        return super().params(values) | {"layer": int(values["layer"])}

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The layers that there are."""
        return {"layer": range(answer["layers"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Both histograms, then a row for each way to share scales."""
        height = 10 if view.tall else 6
        series = [
            Series("as it came", _points(answer, "before"), "$frozen"),
            Series(f"{answer['name']}, a scale per {answer['group']}", _points(answer, "after"), "$trainable"),
        ]
        chart = chart_content(series, view.width, height, Axes("weight", "% of weights"), colours=view.colours)
        rows, columns = answer["shape"]
        lines = [
            chart,
            Content.styled(f"{'a scale for':<20}{'error':>9}{'bits/weight':>13}{'values used':>13}", "$muted"),
        ]
        lines += [_row(row, row["group"] == answer["group"]) for row in answer["table"]]
        told = f"{answer['matrix']} of layer {answer['layer']}, {rows:,} × {columns:,} weights. Error: length of the "
        lines += [Content.styled(f"{told}difference, by that of the matrix.", "$muted"), *origin_lines(answer)]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))


def _points(answer: Answer, name: str) -> list[tuple[float, float]]:
    shares, span = answer[name], answer["span"]
    return [(span * (2 * (place + 0.5) / len(shares) - 1), share) for place, share in enumerate(shares)]


def _row(row: Answer, chosen: bool) -> Content:
    style = "bold $trainable" if chosen else "$foreground"
    return Content.assemble(
        (f"{SAYS[row['group']]:<20}", style), (f"{row['percent']:>7.2f} %", style), f"{row['bits']:>13.2f}",
        (f"{row['used']:>13,}", "$muted"),
    )  # fmt: skip


def origin_lines(answer: Answer) -> list[Content]:
    """A warning where the model had been rounded before."""
    kind = clean_text(answer["origin"])
    if not kind:
        return []
    return [
        Content.styled(
            f"This model came as a GGUF file in {kind}: its weights had been rounded once already.", "$operation"
        )
    ]
