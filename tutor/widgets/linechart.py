"""A line chart of characters: axes, a line (train) and markers (held-out). Only rows that changed are repainted."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tutor.widgets import plot
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.plot import Bounds, Point

Cell = tuple[str, str]
"""A character and the component class that styles it."""

AXIS, LINE, MARK, EMPTY = "linechart--axis", "linechart--line", "linechart--mark", "linechart--empty"
LABEL_WIDTH = 6


class LineChart(Widget):
    """Loss over steps. `show` gives it its points."""

    COMPONENT_CLASSES = {AXIS, LINE, MARK, EMPTY}

    def __init__(self, *, waiting: str, id: str | None = None) -> None:  # noqa: A002
        """Args: waiting: what to say while there are no points."""
        super().__init__(id=id)
        self._waiting = waiting
        self._line: Sequence[Point] = ()
        self._marks: Sequence[Point] = ()
        self._x_total = 0.0
        self._rows: list[list[Cell]] = []

    def show(self, line: Sequence[Point], marks: Sequence[Point], x_total: float = 0) -> None:
        """Draw `line`, and `marks` over it, with the x axis reaching `x_total`."""
        self._line, self._marks, self._x_total = line, marks, x_total
        self._redraw()

    def on_resize(self) -> None:
        """Lay the chart out anew."""
        self._redraw()

    def _redraw(self) -> None:
        old, self._rows = self._rows, draw(self._line, self._marks, self._x_total, self.size, self._waiting)
        if len(old) != len(self._rows):
            self.refresh()
            return
        changed = [y for y, (before, after) in enumerate(zip(old, self._rows, strict=True)) if before != after]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Row `y` of the chart."""
        base = self.rich_style
        cells = self._rows[y] if y < len(self._rows) else []
        # Every segment has a style: one without crashes Textual under NO_COLOR.
        styles: dict[str, Style] = {name: base + self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        segments = [Segment(character, styles[name]) for character, name in cells]
        return Strip(segments).simplify().adjust_cell_length(self.size.width, base)


def draw(
    line: Sequence[Point], marks: Sequence[Point], x_total: float, size: Size, waiting: str = ""
) -> list[list[Cell]]:
    """The chart as rows of styled characters, each row `size.width` wide."""
    width, height = size.width - LABEL_WIDTH - 1, size.height - 2
    bounds = plot.bounds_of((line, marks), x_total)
    if width < 8 or height < 3:
        return [[(" ", EMPTY)] * size.width for _ in range(size.height)]
    if bounds is None:
        return _message(waiting, size)
    ascii_only = plain_ascii()
    scale_x, scale_y = (1, 1) if ascii_only else (plot.DOTS_X, plot.DOTS_Y)
    dots = plot.line_dots(line, bounds, width * scale_x, height * scale_y)
    characters = (plot.ascii_grid if ascii_only else plot.braille_grid)(dots, width, height)
    grid: list[list[Cell]] = [[(character, LINE) for character in row] for row in characters]
    for point in plot.finite(marks):
        column, row = plot.to_dot(point, bounds, width, height)
        grid[row][column] = ("o" if ascii_only else "●", MARK)
    return _with_axes(grid, bounds, width, height, ascii_only)


def _message(text: str, size: Size) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[(" ", EMPTY)] * size.width for _ in range(size.height)]
    line = text[: size.width].center(size.width)
    rows[size.height // 2] = [(character, EMPTY) for character in line]
    return rows


def _with_axes(grid: list[list[Cell]], bounds: Bounds, width: int, height: int, ascii_only: bool) -> list[list[Cell]]:
    """The grid with numbers at its left and below it."""
    side, corner, floor = ("|", "+", "-") if ascii_only else ("│", "└", "─")
    names = [" " * LABEL_WIDTH] * height
    for value in plot.ticks(bounds.y_low, bounds.y_high, max(2, height // 3)):
        _, row = plot.to_dot((bounds.x_low, value), bounds, width, height)
        names[row] = plot.label(value).rjust(LABEL_WIDTH - 1) + " "
    rows: list[list[Cell]] = [
        [*((character, AXIS) for character in name + side), *row] for name, row in zip(names, grid, strict=True)
    ]
    rows.append([(character, AXIS) for character in " " * LABEL_WIDTH + corner + floor * width])
    below = list(" " * (LABEL_WIDTH + 1 + width))
    for value in plot.ticks(bounds.x_low, bounds.x_high, max(2, width // 12)):
        column, _ = plot.to_dot((value, bounds.y_low), bounds, width, height)
        name = plot.label(value)
        start = min(LABEL_WIDTH + 1 + column, len(below) - len(name))
        below[start : start + len(name)] = name
    rows.append([(character, AXIS) for character in below])
    return rows
