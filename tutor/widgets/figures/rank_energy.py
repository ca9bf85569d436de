"""How much of a real weight matrix a low-rank copy keeps, and how much of an update."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.architecture import LINEAR_TARGETS
from tutor.text import clean_text
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.memory_stack import RANKS
from tutor.widgets.plot import Bounds

MEANINGS = {"weight": "$frozen", "noise": "$muted", "gradient": "$trainable"}


class RankEnergy(Figure):
    """Energy against rank: of a weight, of noise of its shape, and of the gradient on the learner's prompt."""

    ASK = ("trace", "spectrum.energy")
    USES_PROMPT = True
    BUSY = "Reading the model, and taking a matrix apart …"

    def __init__(self, layer: int = 10, matrix: str = "q_proj") -> None:
        """Args: layer: counted from 0; matrix: `q_proj`, `gate_proj` and so on."""
        self._layer = layer
        self._matrix = matrix

    def controls(self) -> Sequence[Control]:
        """Which matrix, and the rank to read off."""
        return (
            Number("layer", "layer", range(64), self._layer),
            Pick("matrix", "matrix", LINEAR_TARGETS, self._matrix),
            Number("rank", "rank", RANKS, 8, asks=False),
        )

    def params(self, values: Values) -> Values:
        """The layer is whole."""
        return super().params(values) | {"layer": int(values["layer"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curves, and each of them in numbers."""
        rank = min(int(values["rank"]), answer["full"])
        rows = list(answer["series"])
        series = [
            Series(_name(row, answer), list(zip(row["ranks"], row["kept"], strict=True)), MEANINGS[row["name"]])
            for row in rows
        ]
        mark = Series(f"rank {rank}", [(rank, y / 2) for y in range(0, 201, 4)], "$operation")
        axes = Axes("rank", "energy kept, %", log_x=True, bounds=Bounds(1, answer["full"], 0, 100))
        chart = chart_content([mark, *series], view.width, 14 if view.tall else 9, axes, colours=view.colours)
        shape = " × ".join(f"{size:,}" for size in answer["shape"])
        model = clean_text(answer["model"])
        says = f"{values['matrix']} of {model}, {shape}. At rank {rank}:"
        lines = [_kept(row, rank, answer) for row in rows]
        return Content("\n").join([chart, Content(), Content.styled(says, "$muted"), *lines])


def _name(row: Answer, answer: Answer) -> str:
    return f"gradient on your {answer['tokens']} tokens" if row["name"] == "gradient" else str(row["name"])


def _kept(row: Answer, rank: int, answer: Answer) -> Content:
    kept = row["kept"][row["ranks"].index(rank)]
    return Content.assemble(
        (f"{row['name']:<10}", MEANINGS[row["name"]]),
        f"{kept:>6.1f} % kept",
        (f"   90 % at rank {row['ninety']:,}, all at {row['rank']:,}", "$muted"),
    )
