"""Several lines in one chart, as text: for pictures that are drawn anew with every answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.content import Content

from tutor.widgets import plot
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.plot import Bounds, Point

NUMBERS = 8
"""Cells left of the axis, for its numbers."""
LETTERS = "*+ox#@%&"
"""Marks of the series where there are no colours or no braille."""


@dataclass(frozen=True)
class Series:
    """One line (or, with `dots`, separate points) with the style of its colour; without a name, not in the legend."""

    name: str
    points: Sequence[Point]
    meaning: str = "$activation"
    dots: bool = False
    mark: str = ""
    """A letter that stands at the end of the line, and draws it where there are no colours or no braille."""


@dataclass(frozen=True)
class Axes:
    """What the axes say, and how they run."""

    x: str = ""
    y: str = ""
    log_x: bool = False
    log_y: bool = False
    bounds: Bounds | None = None
    """In the points' own units; what holds all points by default."""


def chart_content(
    series: Sequence[Series], width: int, height: int, axes: Axes = Axes(), *, colours: bool = True
) -> Content:
    """A chart `width` cells wide with `height` lines of plot, under its legend.

    Points that a logarithmic axis cannot show are left out.
    """
    scaled = [replace(line, points=_scaled(line.points, axes)) for line in series]
    bounds = _bounds(scaled, axes)
    plot_width = width - NUMBERS - 1
    if bounds is None or plot_width < 8 or height < 3:
        return Content.styled("Nothing to draw yet.", "$muted")
    cells = _cells(scaled, bounds, plot_width, height, letters=not colours or plain_ascii())
    legend = _legend(series, axes.y, width, letters=not colours or plain_ascii())
    return Content("\n").join([*legend, *_with_numbers(cells, bounds, axes, plot_width)])


def _scaled(points: Sequence[Point], axes: Axes) -> list[Point]:
    kept = [p for p in plot.finite(points) if (p[0] > 0 or not axes.log_x) and (p[1] > 0 or not axes.log_y)]
    return [(math.log10(x) if axes.log_x else x, math.log10(y) if axes.log_y else y) for x, y in kept]


def _bounds(scaled: Sequence[Series], axes: Axes) -> Bounds | None:
    given = axes.bounds
    if given is None:
        return plot.bounds_of([line.points for line in scaled])
    x, y = (math.log10 if axes.log_x else float), (math.log10 if axes.log_y else float)
    return Bounds(x(given.x_low), x(given.x_high), y(given.y_low), y(given.y_high))


def _legend(series: Sequence[Series], y: str, width: int, *, letters: bool) -> list[Content]:
    """What stands upwards, then the series, on as many lines as they need."""
    marks = _letters(series) if letters else [line.mark or ("●" if line.dots else "━") for line in series]
    parts = [Content.styled(y, "$muted")] if y else []
    parts += [
        Content.assemble((f"{mark} ", line.meaning), line.name)
        for mark, line in zip(marks, series, strict=True)
        if line.name
    ]
    lines: list[Content] = []
    for part in parts:
        joined = Content.assemble(lines[-1], "   ", part) if lines else part
        if lines and joined.cell_length <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _letters(series: Sequence[Series]) -> list[str]:
    return [line.mark or LETTERS[number % len(LETTERS)] for number, line in enumerate(series)]


def _cells(
    scaled: Sequence[Series], bounds: Bounds, width: int, height: int, *, letters: bool
) -> list[list[tuple[str, str]]]:
    """Rows of (character, style); later series lie above earlier ones."""
    grid = [[(" ", "")] * width for _ in range(height)]
    scale_x, scale_y = (1, 1) if letters else (plot.DOTS_X, plot.DOTS_Y)
    for number, (letter, line) in enumerate(zip(_letters(scaled), scaled, strict=True)):
        size = width * scale_x, height * scale_y
        dots = (
            {plot.to_dot(p, bounds, *size) for p in line.points}
            if line.dots
            else plot.line_dots(line.points, bounds, *size)
        )
        drawn = plot.braille_grid(dots, width, height) if not letters else plot.ascii_grid(dots, width, height)
        for y, row in enumerate(drawn):
            for x, character in enumerate(row):
                taken = line.mark and grid[y][x][0] != " " and x % (number + 1)  # equal lines take turns
                if character != " " and not taken:
                    grid[y][x] = (letter if letters else _dot(character, line), line.meaning)
        if line.mark and line.points:
            x, y = plot.to_dot(line.points[-1], bounds, *size)
            grid[y // scale_y][x // scale_x] = line.mark, f"bold {line.meaning}"
    return grid


def _dot(character: str, line: Series) -> str:
    return "●" if line.dots else character


def _with_numbers(cells: list[list[tuple[str, str]]], bounds: Bounds, axes: Axes, width: int) -> list[Content]:
    side, corner, floor = ("|", "+", "-") if plain_ascii() else ("│", "└", "─")
    names = [""] * len(cells)
    for value in _ticks(bounds.y_low, bounds.y_high, max(2, len(cells) // 2), log=axes.log_y):
        _, row = plot.to_dot((bounds.x_low, value), bounds, width, len(cells))
        if 0 <= row < len(names):
            names[row] = _name(value, log=axes.log_y)
    lines = [
        Content.assemble((name.rjust(NUMBERS) + side, "$faint"), *row) for name, row in zip(names, cells, strict=True)
    ]
    lines.append(Content.styled(" " * NUMBERS + corner + floor * width, "$faint"))
    below = [" "] * (NUMBERS + 1 + width)
    for value in _ticks(bounds.x_low, bounds.x_high, max(2, width // 12), log=axes.log_x):
        column, _ = plot.to_dot((value, bounds.y_low), bounds, width, len(cells))
        name = _name(value, log=axes.log_x)
        start = min(NUMBERS + 1 + column, len(below) - len(name))
        below[start : start + len(name)] = name
    lines.append(Content.styled("".join(below).rstrip(), "$faint"))
    if axes.x:
        lines.append(Content.styled(axes.x.rjust(NUMBERS + 1 + width), "$muted"))
    return lines


def _ticks(low: float, high: float, count: int, *, log: bool) -> list[float]:
    """On a logarithmic axis the whole powers of ten, where there are at least two."""
    powers = [float(power) for power in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)] if log else []
    if len(powers) >= 2:
        return powers[:: math.ceil(len(powers) / count)]
    return plot.ticks(low, high, count)


def _name(value: float, *, log: bool) -> str:
    shown = 10**value if log else value
    for limit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(shown) >= limit * 9.9995e-1 and (log or abs(shown) >= 10_000):
            return f"{shown / limit:.3g}{letter}"
    return plot.label(shown)
