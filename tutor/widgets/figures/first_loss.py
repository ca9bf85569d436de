"""What a classifier costs that knows nothing, against the logarithm of its number of classes."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View

SIZES: dict[float, str] = {2: "2", 10: "10", 100: "100", 1000: "1,000", 49152: "49,152", 151936: "151,936"}
SPREADS = (0.0, 0.02, 0.1, 0.3, 1.0)
SLACK = 0.05
"""How far from ln(V), in nats, still counts as there."""


class FirstLoss(Figure):
    """Two bars: guessing all classes alike, and a fresh layer."""

    ASK = ("desk", "first_loss.classifier")

    def __init__(self, classes: int = 49152, spread: float = 0.02) -> None:
        """Args: classes: how many to begin with; spread: of the fresh weights."""
        self._classes = classes
        self._spread = spread

    def controls(self) -> Sequence[Control]:
        """How many classes, and how large the random weights are."""
        return (
            Number("classes", "classes V", tuple(SIZES), self._classes, names=SIZES),
            Number("spread", "spread of weights", SPREADS, self._spread),
            Number("seed", "seed", range(10), 0),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Bars, and below them the same as a number of equal chances."""
        loss, uniform = answer["loss"], answer["uniform"]
        bars = [
            Bar("guess all alike: ln(V)", uniform, f"{uniform:.3f}", "$muted"),
            Bar("a fresh layer", loss, f"{loss:.3f}", "$activation"),
        ]
        number, chance = _big(answer["perplexity"]), 100 / answer["classes"]
        lines = [
            bars_content(bars, max(loss, uniform), min(view.width, 72)),
            Content(),
            Content.assemble(
                ("perplexity ", "$muted"), (number, "bold $activation"),
                (f" of {answer['classes']:,} classes", "$muted"),
            ),
            Content.assemble(
                ("its favourite class gets ", "$muted"), f"{100 * answer['surest']:.2g} %",
                (f", all alike {chance:.2g} %", "$muted"),
            ),
            Content(),
            _verdict(loss - uniform),
        ]  # fmt: skip
        return Content("\n").join(lines)


def _verdict(above: float) -> Content:
    if abs(above) < SLACK:
        return Content.styled("It knows nothing, and says so.", "$trainable")
    if above < 0:
        return Content.styled(f"{-above:.2f} below ln(V): on so few examples, luck.", "$operation")
    return Content.styled(f"{above:.2f} above ln(V): it is sure of something, and wrong.", "$problem")


def _big(number: float) -> str:
    return f"{number:,.0f}" if number < 1e9 else f"{number:.1e}"
