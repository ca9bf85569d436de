"""A ball on a landscape: gradient descent, one step a key, with three learning rates."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.plot import Bounds

STEPS = 30
MEANINGS = ("$frozen", "$trainable", "$problem")
SHORT = 48
"""Cells up to which a landscape is one panel of several, and says less."""
TANGENT = 0.35
"""How far to each side of a ball its gradient is drawn as a line."""


class Descent(Figure):
    """The curve, and on it where each learning rate has come to after some steps."""

    ASK = ("desk", "descent.path")

    def __init__(self, rates: Sequence[float] = (0.02, 0.2, 0.9), start: float = -2.2) -> None:
        """Args: rates: three learning rates; start: where every ball begins."""
        self._rates = list(rates)
        self._start = start

    def controls(self) -> Sequence[Control]:
        """The step to look at, where to begin, and the difference that checks the gradient."""
        starts = sorted({self._start, *(n / 5 for n in range(-12, 13))})
        return (
            Number("step", "step", range(STEPS + 1), 0, asks=False),
            Number("start", "start at w =", starts, self._start),
            Number("h", "difference h =", (1.0, 0.1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12), 1e-6),
        )

    def params(self, values: Values) -> Values:
        """All rates go from the same start."""
        return {"start": values["start"], "rates": self._rates, "steps": STEPS, "h": values["h"]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Curve and balls, and below them the numbers of each."""
        step = int(values["step"])
        drawn = landscape(answer, step, view.width, 14 if view.tall else 7, colours=view.colours)
        says = f"slope: (loss at w + h less loss at w - h) / 2h, with h = {values['h']:g}; no calculus in it"
        lines = [drawn, *_table(answer["paths"], step), *Content.styled(says, "$muted").wrap(view.width)]
        return Content("\n").join(lines)


def landscape(answer: Answer, step: int, width: int, height: int, *, colours: bool) -> Content:
    """The curve with a ball for each rate, and through the balls the lines that their gradients give."""
    curve = answer["curve"]
    left, right = curve[0][0], curve[-1][0]
    low, high = min(y for _, y in curve), max(y for _, y in curve)
    balls, tangents = [], []
    for path, meaning in zip(answer["paths"], MEANINGS, strict=False):
        here = [place for place in path["places"][step : step + 1] if left <= place["w"] <= right]
        name = f"rate {path['rate']:g}" if width > SHORT else f"{path['rate']:g}"
        balls.append(Series(name, [(place["w"], place["loss"]) for place in here], meaning, dots=True))
        tangents += [Series("", _tangent(place), meaning) for place in here if colours]
    axes = Axes("weight w" if width > SHORT else "", "loss", bounds=Bounds(left, right, low, high))
    return chart_content([Series("", curve, "$muted"), *tangents, *balls], width, height, axes, colours=colours)


def _tangent(place: Answer) -> list[tuple[float, float]]:
    return [(place["w"] + by, place["loss"] + by * place["gradient"]) for by in (-TANGENT, TANGENT)]


def _table(paths: Sequence[Answer], step: int) -> list[Content]:
    lines = [Content.styled(f"{'rate':<7}{'w':>8}{'loss':>8}{'gradient':>10}{'slope':>9}{'off by':>9}", "$muted")]
    for path, meaning in zip(paths, MEANINGS, strict=False):
        lines.append(Content.assemble((f"{path['rate']:<7g}", meaning), *_row(path, step)))
    return lines


def _row(path: Answer, step: int) -> list[tuple[str, str]]:
    places = path["places"]
    if step >= len(places):
        return [(f"gone to infinity at step {len(places)}", "$problem")]
    place = places[step]
    shown = [_shown(place["w"], "+.3f"), _shown(place["loss"], ".3f"), _shown(place["gradient"], "+.4f")]
    numbers = f"{shown[0]:>8}{shown[1]:>8}{shown[2]:>10}"
    off = abs(place["slope"] - place["gradient"])
    return [(numbers, "$foreground"), (f"{_shown(place['slope'], '+.4f'):>9}{off:>9.0e}", "$muted")]


def _shown(value: float, form: str) -> str:
    """In as few characters as the columns have, also where a ball is far gone."""
    return format(value, form) if abs(value) < 1000 else f"{value:.0e}"
