"""What a layer computes, against the length of the text: two lines that grow with it, and one with its square."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.figures.parameter_bar import tier_control

LENGTHS = tuple(2**n for n in range(3, 18))
LINES = {"mlp": ("MLP", "$frozen"), "projections": ("q k v o", "$muted"), "scores": ("scores", "$activation")}


class Growth(Figure):
    """FLOPs of one layer, on logarithmic axes, and the shares at one length."""

    ASK = ("desk", "growth.curves")

    def __init__(self, tier: str = "nano") -> None:
        """Args: tier: the model to begin with."""
        self._tier = tier

    def controls(self) -> Sequence[Control]:
        """The model, and the length to read off."""
        return tier_control(self._tier), Number("tokens", "tokens", LENGTHS, 512, asks=False)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The lines, and in words what they say."""
        points = answer["points"]
        here = next(point for point in points if point["tokens"] == values["tokens"])
        series = [
            Series(name, [(point["tokens"], point[key]) for point in points], meaning)
            for key, (name, meaning) in LINES.items()
        ]
        marks = [Series("", [(here["tokens"], here[key])], LINES[key][1], dots=True) for key in LINES]
        axes = Axes("tokens", "FLOPs of a layer", log_x=True, log_y=True)
        height = 14 if view.tall else 9
        chart = chart_content([*series, *marks], view.width, height, axes, colours=view.colours)
        return Content("\n").join([chart, Content(), *_says(answer, here).wrap(view.width)])


def _says(answer: Answer, here: Answer) -> Content:
    whole = sum(here[key] for key in LINES)
    shares = ", ".join(f"{name} {100 * here[key] / whole:.1f} %" for key, (name, _) in LINES.items())
    return Content.assemble(
        (f"At {here['tokens']:,} tokens: ", "$muted"),
        shares,
        (". Attention takes more than the MLP from ", "$muted"),
        (f"{answer['cross']:,} tokens", "bold"),
        (" on.", "$muted"),
    )
