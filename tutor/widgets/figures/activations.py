"""The functions that bend: their curves and slopes, and what each makes of one number."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.plot import Bounds, Point

MEANINGS = {"ReLU": "$problem", "GELU": "$frozen", "GELU tanh": "$muted", "SiLU": "$trainable", "SwiGLU": "$activation"}
ALL = "all"
EDGE = 4
BOUNDS = Bounds(-EDGE, EDGE, -0.6, 3.0)
"""Close enough to see how far below zero the smooth ones go."""


class Activations(Figure):
    """All curves, or one with its slope; below them a table for the chosen place."""

    ASK = ("desk", "activations.curves")

    def __init__(self, function: str = ALL, x: float = -1.0) -> None:
        """Args: function: the one to begin with, or `all`; x: the place."""
        self._function = function
        self._x = x

    def controls(self) -> Sequence[Control]:
        """Which curve, where, and the other half of SwiGLU."""
        places = [n / 4 for n in range(-4 * EDGE, 4 * EDGE + 1)]
        return (
            Pick("function", "show", (ALL, *MEANINGS), self._function, asks=False),
            Number("x", "at x =", places, self._x, asks=False),
            Number("up", "SwiGLU's up =", (-2, -1, 0, 0.5, 1, 2), -1),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The chart above the table."""
        chosen = values["function"]
        lines = _every_curve(answer) if chosen == ALL else _one_curve(answer, chosen)
        here = _at(answer, values["x"])
        names = list(MEANINGS) if chosen == ALL else [chosen]
        points = [(values["x"], answer["functions"][name]["y"][here]) for name in names]
        dots = Series(f"at {values['x']:g}", [point for point in points if _inside(point)], "$operation", dots=True)
        axes = Axes("x", bounds=BOUNDS)
        height = 14 if view.tall else 9
        drawn = chart_content([*lines, dots], view.width, height, axes, colours=view.colours)
        return Content("\n").join([drawn, *_table(answer, here, chosen)])


def _every_curve(answer: Answer) -> list[Series]:
    return [Series(name, _points(answer, name, "y"), MEANINGS[name]) for name in MEANINGS if name != "GELU tanh"]


def _one_curve(answer: Answer, name: str) -> list[Series]:
    return [
        Series("its slope", _points(answer, name, "slope"), "$muted"),
        Series(name, _points(answer, name, "y"), MEANINGS[name]),
    ]


def _points(answer: Answer, name: str, what: str) -> list[Point]:
    points = list(zip(answer["x"], answer["functions"][name][what], strict=True))
    return [point for point in points if _inside(point)]


def _inside(point: Point) -> bool:
    return BOUNDS.x_low <= point[0] <= BOUNDS.x_high and BOUNDS.y_low <= point[1] <= BOUNDS.y_high


def _at(answer: Answer, x: float) -> int:
    """The place of `x`, or of the nearest x there is."""
    return min(range(len(answer["x"])), key=lambda place: abs(answer["x"][place] - x))


def _table(answer: Answer, here: int, chosen: str) -> list[Content]:
    lines = [Content.styled(f"{'':<10}{'value':>9}{'slope':>9}   lowest", "$muted")]
    for name, meaning in MEANINGS.items():
        curve = answer["functions"][name]
        inside = -EDGE < curve["at"] < EDGE
        lowest = f"{curve['low']:.3f} at {curve['at']:.2f}" if inside else ""
        numbers = f"{curve['y'][here]:>+9.3f}{curve['slope'][here]:>+9.3f}"
        style = "bold" if name == chosen else "$foreground"
        lines.append(Content.assemble((f"{name:<10}", meaning), (numbers, style), (f"   {lowest}", "$muted")))
    return lines
