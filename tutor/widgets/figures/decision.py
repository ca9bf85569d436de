"""A small net learns where two kinds of points live: the map of what it says, and its loss, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from textual.content import Content

from tutor.widgets.beside import beside
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.plot import Bounds

FRAMES = 30
EDGE = 1.8
RATES = (0.001, 0.01, 0.03, 0.1, 0.3, 0.5, 1, 3, 10, 30, 100)
MAP = (12, 20)
"""Lines of the map, on small and on tall screens."""
BESIDE = 32
"""Cells that the curve needs at least to stand beside the map."""


class Decision(Figure):
    """The map is coloured by what the net says of each place; the points that it learns from are brighter."""

    ASK = ("desk", "decision.train")
    BUSY = "Training …"

    def __init__(
        self,
        data: str = "xor",
        activation: str = "tanh",
        width: int = 8,
        rate: float = 0.5,
        batch: int = 30,
        seed: int = 0,
        show: Sequence[str] = (),
    ) -> None:
        """Args: show: the controls that the page offers, all of them by default; the other arguments: their values."""
        self._start = {
            "data": data, "activation": activation, "width": width, "rate": rate, "batch": batch, "seed": seed
        }  # fmt: skip
        self._show = show

    def controls(self) -> Sequence[Control]:
        """What is learned, by what net, how, and the moment to look at."""
        start: dict[str, Any] = self._start
        controls: list[Control] = [
            Pick("data", "points", ("xor", "moons", "rings", "line"), start["data"]),
            Pick("activation", "activation", ("none", "ReLU", "tanh", "GELU"), start["activation"]),
            Number("width", "hidden units", (1, 2, 3, 4, 8, 16, 32), start["width"]),
            Number("rate", "learning rate", RATES, start["rate"]),
            Number("batch", "batch", (1, 4, 30, 120), start["batch"]),
            Number("seed", "seed", range(10), start["seed"]),
            Number("frame", "moment", range(FRAMES + 1), FRAMES, {FRAMES: "latest"}, asks=False),
        ]
        return [control for control in controls if not self._show or control.name in self._show]

    def params(self, values: Values) -> Values:
        """What the page does not offer keeps the value that it gave."""
        return self._start | super().params(values)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The map beside the curve, or above it where it is narrow."""
        frames = answer["frames"]
        place = min(int(values.get("frame", FRAMES)), len(frames) - 1)
        lines = MAP[view.tall]
        drawn = _map(frames[place], answer["points"], lines, colours=view.colours)
        room = view.width - 2 * lines - 3
        wide = room >= BESIDE
        curve = _curve(answer, place, room if wide else view.width, lines - 3 if wide else 5, colours=view.colours)
        both = beside(drawn, curve) if wide else Content("\n").join([drawn, Content(), curve])
        return Content("\n").join([both, Content(), _says(answer, frames[place], view)])


def _map(frame: Answer, points: Sequence[Sequence[float]], lines: int, *, colours: bool) -> Content:
    """Two cells of the map a character, one above the other, so that a cell is square."""
    grid = _grid(frame["map"], points, 2 * lines)
    rows = []
    for upper, lower in zip(grid[::2], grid[1::2], strict=True):
        cells = [_half_block(*pair) if colours and not plain_ascii() else _glyph(*pair)
                 for pair in zip(upper, lower, strict=True)]  # fmt: skip
        # Runs of one style are one span: most of the bytes of the map are colour changes.
        rows.append(
            Content.assemble(*(("".join(text for text, _ in run), style) for style, run in _runs(cells)))
        )  # fmt: skip
    return Content("\n").join(rows)


def _runs(cells: list[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(style, list(run)) for style, run in groupby(cells, key=lambda cell: cell[1])]


def _grid(rows: Sequence[str], points: Sequence[Sequence[float]], side: int) -> list[list[int]]:
    """Steps from -2 (surely kind 0) to 2 (surely kind 1), and at the points -4 or 4."""
    scale = len(rows) / side
    grid = [[round((int(rows[int(y * scale)][int(x * scale)]) - 4) / 2) for x in range(side)] for y in range(side)]
    for x, y, kind in points:
        column, row = (round((at + EDGE) / (2 * EDGE) * (side - 1)) for at in (x, -y))
        if 0 <= column < side and 0 <= row < side:
            grid[row][column] = 4 if kind else -4
    return grid


def _half_block(upper: int, lower: int) -> tuple[str, str]:
    if upper == lower:
        return " ", f"on {_colour(upper)}"
    return "▀", f"{_colour(upper)} on {_colour(lower)}"


def _colour(step: int) -> str:
    return f"$heat{step}" if step else "$panel"


def _glyph(upper: int, lower: int) -> tuple[str, str]:
    """A point, else which kind the net says of both cells."""
    point = next((step for step in (upper, lower) if abs(step) == 4), 0)
    if point:
        return ("x" if point > 0 else "o"), "bold"
    both = upper + lower
    return (":" if both > 1 else " " if both < -1 else "."), ""


def _curve(answer: Answer, place: int, width: int, height: int, *, colours: bool) -> Content:
    frames = answer["frames"]
    points = [(frame["step"], frame["loss"]) for frame in frames if frame["loss"] is not None]
    here = [point for point in points if point[0] == frames[place]["step"]]
    series = [Series("all steps", points, "$activation"), Series("this moment", here, "$operation", dots=True)]
    highest = max((loss for _, loss in points), default=1.0)
    axes = Axes("step", "loss", bounds=Bounds(0, answer["steps"], 0, 1.05 * highest))
    return chart_content(series, width, height, axes, colours=colours)


def _says(answer: Answer, frame: Answer, view: View) -> Content:
    loss = "no longer a number" if frame["loss"] is None else f"{frame['loss']:.3f}"
    legend = "orange: kind 1, violet: kind 0" if view.colours else "x and : are kind 1, o and blank kind 0"
    told = Content.assemble(
        ("step ", "$muted"), f"{frame['step']} of {answer['steps']}",
        ("   loss ", "$muted"), (loss, "bold $activation"),
        ("   right ", "$muted"), (f"{100 * frame['right']:.0f} %", "bold $trainable"),
    )  # fmt: skip
    counted = Content.styled(f"{answer['parameters']} parameters   {legend}", "$muted")
    return Content("\n").join([told.truncate(view.width), counted.truncate(view.width)])
