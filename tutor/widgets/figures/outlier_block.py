"""A block of 64 real weights, one of which is made larger: what is left of the others."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.rounded_layer import FORMATS
from tutor.widgets.glyphs import bar

TIMES = (1, 1.5, 2, 3, 5, 10, 20, 50)
ACROSS = 8


class OutlierBlock(Figure):
    """The error of the 63 others, before and now; below, the block cell by cell."""

    ASK = ("trace", "rounded_layer.outlier")
    BUSY = "Rounding …"

    def __init__(self, name: str = "NF4", times: float = 1) -> None:
        """Args: name: the format; times: how large the outlier is made."""
        self._name = name
        self._times = times

    def controls(self) -> Sequence[Control]:
        """How much larger the largest is, and which format."""
        return (
            Number("times", "largest weight ×", TIMES, self._times),
            Pick("name", "format", FORMATS, self._name),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Two bars and a sentence."""
        room = min(40, view.width - 40)
        lines = [
            _bar("with the block as it is", answer["before"], room, "$frozen"),
            _bar(f"largest × {answer['times']:g}", answer["percent"], room, "$problem"),
            Content(),
            Content.assemble(
                ("Of the 63 others ", "$muted"), (f"{answer['zeros']}", "bold $problem"),
                (f" are now 0; together they use {answer['used']} of {answer['levels']} values.", "$muted"),
            ),
        ]  # fmt: skip
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """The block after rounding, eight weights a row."""
        rows = range(0, len(answer["rounded"]), ACROSS)
        at = divmod(answer["at"], ACROSS)
        return Cells(
            [f"{start}-{start + ACROSS - 1}" for start in rows], [f"+{column}" for column in range(ACROSS)],
            [answer["rounded"][start : start + ACROSS] for start in rows],
            lambda row, column: _explained(answer, ACROSS * row + column),
            title="the block after rounding; the largest is marked", lit=frozenset({at}), form=".3f",
        )  # fmt: skip


def _bar(name: str, percent: float, room: int, meaning: str) -> Content:
    drawn = bar(percent, 100, room).ljust(room)
    return Content.assemble((f"{name:<25}", "$foreground"), (drawn, meaning), f" {percent:.1f} % error")


def _explained(answer: Answer, place: int) -> Content:
    before, after = answer["weights"][place], answer["rounded"][place]
    most = max(abs(weight) for weight in answer["weights"])
    says = f"  was {before:.4g}; the block's maximum is {most:.4g}, so it is level {after / most:.4g} times {most:.4g}"
    return Content.assemble((f"{after:.4g}", "bold $activation"), (says, "$muted"))
