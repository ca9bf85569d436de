"""The singular values of a weight and of what an adapter adds to it; below, the cells of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.engine.architecture import ATTENTION_TARGETS
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.learning import learning_lines
from tutor.widgets.plot import Bounds

SHOWN = {"W": "w", "A": "a", "B": "b", "ΔW": "delta"}
RANKS = (1, 2, 4, 8, 16, 32)
FLOOR = 1e-4
"""The smallest share of the largest singular value that is drawn."""
FEW = 8
"""Products that an explanation spells out."""


class TrainedDelta(Figure):
    """How quickly singular values fall, and how many of them there are."""

    ASK = ("trace", "trained_delta.look")
    BUSY = "Training an adapter on your lines …"

    def __init__(self, layer: int = 10, matrix: str = "v_proj", rank: int = 8) -> None:
        """Args: layer: counted from 0; matrix: one of attention's four; rank: of the adapter."""
        self._layer = layer
        self._matrix = matrix
        self._rank = rank

    def controls(self) -> Sequence[Control]:
        """Which matrix, of an adapter of which rank, and what to draw of it."""
        return (
            Number("rank", "rank r", RANKS, self._rank),
            Number("layer", "layer", range(64), self._layer),
            Pick("matrix", "matrix", ATTENTION_TARGETS, self._matrix),
            Pick("shown", "cells of", tuple(SHOWN), "ΔW", asks=False),
        )

    def params(self, values: Values) -> Values:
        """Layer and rank are whole."""
        return super().params(values) | {"layer": int(values["layer"]), "rank": int(values["rank"])}

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The layers that there are."""
        return {"layer": range(answer["layers"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The training; then both spectra, and what they say."""
        lines = learning_lines(answer, view.width)
        if answer["sigma"] is None:
            return Content("\n").join(lines)
        sigma = answer["sigma"]
        series = [
            Series("of W", _points(sigma["w"]), "$frozen"),
            Series("of ΔW", _points(sigma["delta"]), "$trainable"),
        ]
        axes = Axes("number", "singular value, of the largest", log_y=True, bounds=Bounds(1, len(sigma["w"]), FLOOR, 1))
        lines.append(chart_content(series, view.width, 10 if view.tall else 7, axes, colours=view.colours))
        return Content("\n").join([*lines, *_ranks(answer, view.width)])

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """The rows and columns in which the difference is largest."""
        if answer["sigma"] is None:
            return None
        part, shown = answer["part"], values["shown"]
        ranks = [f"r {place}" for place in range(answer["rank"])]
        return Cells(
            ranks if shown == "A" else [f"out {row}" for row in part["rows"]],
            ranks if shown == "B" else [f"in {column}" for column in part["columns"]],
            part[SHOWN[shown]],
            lambda row, column: _explained(answer, shown, row, column),
            numbers=False, title=f"{shown}, where ΔW is largest", shrinks=True,
        )  # fmt: skip


def _points(shares: Sequence[float]) -> list[tuple[float, float]]:
    return [(place + 1, share) for place, share in enumerate(shares) if share >= FLOOR]


def _ranks(answer: Answer, width: int) -> list[Content]:
    ranks, norms = answer["ranks"], answer["norms"]
    shape = " × ".join(f"{size:,}" for size in answer["shape"])
    told = Content.assemble(
        (f"{answer['matrix']} of layer {answer['layer']}, {shape}. ", "$muted"), "Rank of W: ",
        (f"{ranks['w']:,}", "bold $frozen"), ", of ΔW: ", (f"{ranks['delta']:,}", "bold $trainable"),
        (f". Length of ΔW: {100 * norms['delta'] / norms['w']:.2g} % of W's.", "$muted"),
    )  # fmt: skip
    return list(told.wrap(width))


def _explained(answer: Answer, shown: str, row: int, column: int) -> Content:
    part = answer["part"]
    value = part[SHOWN[shown]][row][column]
    return Content.assemble((f"{value:.4g}", "bold $activation"), (f"  {_how(answer, shown, row, column)}", "$muted"))


def _how(answer: Answer, shown: str, row: int, column: int) -> str:
    part = answer["part"]
    if shown == "W":
        return f"frozen; the adapter adds {part['delta'][row][column]:.2g}"
    if shown != "ΔW":
        return "trained"
    products = [b * line[column] for b, line in zip(part["b"][row], part["a"], strict=True)]
    terms = " + ".join(f"{product:.2g}" for product in products[:FEW]).replace("+ -", "− ")
    more = f" + {len(products) - FEW} more" if len(products) > FEW else ""
    return f"= {answer['scale']:g} · ({terms}{more}), a product B·A for each of r"
