"""A ball on a landscape: gradient descent, one step a key, with three learning rates."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.plot import Bounds

STEPS = 30
MEANINGS = ("$frozen", "$trainable", "$problem")


class Descent(Figure):
    """The curve, and on it where each learning rate has come to after some steps."""

    ASK = ("desk", "descent.path")

    def __init__(self, rates: Sequence[float] = (0.02, 0.2, 0.9), start: float = -2.2) -> None:
        """Args: rates: three learning rates; start: where every ball begins."""
        self._rates = list(rates)
        self._start = start

    def controls(self) -> Sequence[Control]:
        """The step to look at, and where to begin."""
        starts = sorted({self._start, *(n / 5 for n in range(-12, 13))})
        return (
            Number("step", "step", range(STEPS + 1), 0, asks=False),
            Number("start", "start at w =", starts, self._start),
        )

    def params(self, values: Values) -> Values:
        """All rates go from the same start."""
        return {"start": values["start"], "rates": self._rates, "steps": STEPS}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Curve and balls, and below them the numbers of each."""
        step = int(values["step"])
        curve = answer["curve"]
        low, high = min(y for _, y in curve), max(y for _, y in curve)
        balls = [
            Series(f"rate {path['rate']:g}", [(place["w"], place["loss"]) for place in path["places"][step : step + 1]],
                   meaning, dots=True)
            for path, meaning in zip(answer["paths"], MEANINGS, strict=False)
        ]  # fmt: skip
        axes = Axes("weight w", "loss", bounds=Bounds(curve[0][0], curve[-1][0], low, high))
        drawn = chart_content(
            [Series("loss", curve, "$muted"), *balls], view.width, 14 if view.tall else 9, axes, colours=view.colours
        )
        return Content("\n").join([drawn, *(_row(path, step) for path in answer["paths"])])


def _row(path: Answer, step: int) -> Content:
    places = path["places"]
    head = f"rate {path['rate']:<5g}"
    if step >= len(places):
        return Content.assemble((head, "$muted"), (f"  gone: it left for infinity at step {len(places)}", "$problem"))
    place = places[step]
    after = path["ends"] if step == len(places) - 1 else ""
    return Content.assemble(
        (head, "$muted"),
        f"  w {place['w']:+7.3f}   loss {place['loss']:7.3f}   ",
        (f"gradient {place['gradient']:+8.4f}", "$activation"),
        (f"  measured slope {place['slope']:+8.4f}", "$muted"),
        (f"   {after}", "$operation"),
    )
