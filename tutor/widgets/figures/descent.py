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
        says = Content.styled("slope: the gradient again, measured as a difference", "$muted")
        return Content("\n").join([drawn, *_table(answer["paths"], step), says.truncate(view.width)])


def _table(paths: Sequence[Answer], step: int) -> list[Content]:
    lines = [Content.styled(f"{'rate':<7}{'w':>8}{'loss':>8}{'gradient':>10}{'slope':>9}", "$muted")]
    for path, meaning in zip(paths, MEANINGS, strict=False):
        lines.append(Content.assemble((f"{path['rate']:<7g}", meaning), *_row(path, step)))
    return lines


def _row(path: Answer, step: int) -> list[tuple[str, str]]:
    places = path["places"]
    if step >= len(places):
        return [(f"gone to infinity at step {len(places)}", "$problem")]
    place = places[step]
    numbers = f"{place['w']:>+8.3f}{place['loss']:>8.3f}{place['gradient']:>+10.4f}"
    return [(numbers, "$foreground"), (f"{place['slope']:>+9.4f}", "$muted")]
