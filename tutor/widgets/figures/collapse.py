"""Two linear layers beside the one matrix that they are, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.taste_net import ACTIVATIONS

UNITS = (1, 2, 3, 4, 8, 16, 64)
NAMES = ("lemon", "water", "sugar", "tart")
OUTPUTS = ("first", "second", "third", "fourth")
DEMO_UNITS = 16
NAME = 15
TERMS = 4
"""Products that are written out in the explanation of a cell."""


class Collapse(Figure):
    """What comes out of both for one cup, how far they differ over many, and the product of the matrices."""

    ASK = ("desk", "collapse.compare")

    def __init__(self, activation: str = "none", weights: str = "random") -> None:
        """Args: activation: what bends between the layers; weights: `random` or `demo`."""
        self._activation = activation
        self._weights = weights

    def controls(self) -> Sequence[Control]:
        """What bends, how many units, whose weights."""
        return (
            Pick("activation", "activation", ACTIVATIONS, self._activation),
            Number("units", "hidden units", UNITS, DEMO_UNITS),
            Pick("weights", "weights", ("random", "demo"), self._weights),
        )

    def params(self, values: Values) -> Values:
        """Units are whole."""
        return super().params(values) | {"units": int(values["units"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Both outputs, and the difference in words."""
        bends = values["activation"] if values["activation"] != "none" else ""
        lines = [
            Content.styled(f"{'':<{NAME}}{'for one cup':<32}{'numbers':>8}", "$muted"),
            _outputs(f"W2 {bends}(W1 x)", answer["two"], 8 * answer["units"], "$activation"),
            _outputs("(W2 W1) x", answer["one"], 16, "$frozen"),
            Content(),
            *_verdict(answer).wrap(view.width),
            *Content.styled(f"The best single matrix leaves {answer['left']:.1f} % unexplained.", "$muted").wrap(
                view.width
            ),
            Content.styled(f"Rank of W2 W1: {answer['rank']}.", "$muted"),
        ]
        return Content("\n").join(lines)

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The product W2 W1, each cell with the terms that it is the sum of."""
        return Cells(
            rows=OUTPUTS,
            columns=NAMES,
            values=answer["product"],
            explain=lambda row, column: _terms(answer, row, column),
            title="W2 W1, the one matrix",
        )


def _outputs(name: str, numbers: Sequence[float], count: int, meaning: str) -> Content:
    shown = "".join(f"{number:<+8.3f}" for number in numbers)
    return Content.assemble((f"{name:<{NAME}}", "$muted"), (shown, f"bold {meaning}"), (f"{count:>8,}", "$muted"))


def _verdict(answer: Answer) -> Content:
    apart = f"Over {answer['cups']:,} cups they differ by"
    if answer["apart"] < answer["same"]:
        return Content.assemble(("The same. ", "bold $trainable"), f"{apart} at most {answer['apart']:.0e}: rounding.")
    return Content.assemble(("Not the same. ", "bold $problem"), f"{apart} up to {answer['apart']:.2f}.")


def _terms(answer: Answer, row: int, column: int) -> Content:
    """The sum over the hidden units, with as many terms as fit a line."""
    first = [unit[column] for unit in answer["first"]]
    second = answer["second"][row]
    terms = [f"{b:.2f}·{a:.2f}" for a, b in zip(first, second, strict=True)]
    shown = " + ".join(terms[:TERMS]) + (f" + … ({len(terms)} terms)" if len(terms) > TERMS else "")
    return Content.assemble((f"= {shown} = ", "$muted"), (f"{answer['product'][row][column]:+.2f}", "bold"))
