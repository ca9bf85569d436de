"""The arithmetic of a line chart: ticks, scaling, and dots on a grid of characters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Grid = list[list[str]]

BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot of a braille character, by row and column."""
DOTS_X, DOTS_Y = 2, 4


@dataclass(frozen=True)
class Bounds:
    """The part of the plane that a chart shows; both spans are positive."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float


def finite(points: Iterable[Point]) -> list[Point]:
    """The points that can be drawn."""
    return [point for point in points if math.isfinite(point[0]) and math.isfinite(point[1])]


def bounds_of(series: Iterable[Sequence[Point]], x_total: float = 0) -> Bounds | None:
    """Bounds that hold every point and reach `x_total`, with a little air above and below; None without points."""
    points = [point for line in series for point in finite(line)]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = min(ys), max(ys)
    air = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    x_low, x_high = min(xs), max(*xs, x_total) if x_total else max(xs)
    return Bounds(x_low, x_high if x_high > x_low else x_low + 1, low - air, high + air)


def ticks(low: float, high: float, count: int) -> list[float]:
    """At most `count` round numbers (1, 2 or 5 times a power of ten apart) between `low` and `high`."""
    if not high > low or count < 1:
        return []
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)][:count]


def label(value: float) -> str:
    """A tick's number in at most five characters or so."""
    if value == 0 or 0.01 <= abs(value) < 10_000:
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:.0f}"
    return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-")


def to_dot(point: Point, bounds: Bounds, width: int, height: int) -> tuple[int, int]:
    """Column and row (from the top) of a point on a grid of `width` × `height` dots."""
    x = (point[0] - bounds.x_low) / (bounds.x_high - bounds.x_low)
    y = (point[1] - bounds.y_low) / (bounds.y_high - bounds.y_low)
    return round(x * (width - 1)), round((1 - y) * (height - 1))


def line_dots(points: Sequence[Point], bounds: Bounds, width: int, height: int) -> set[tuple[int, int]]:
    """Dots of the broken line through `points`."""
    dots = [to_dot(point, bounds, width, height) for point in finite(points)]
    found = set(dots[:1])
    for start, end in itertools.pairwise(dots):
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(1, steps + 1):
            part = step / steps
            found.add((round(start[0] + (end[0] - start[0]) * part), round(start[1] + (end[1] - start[1]) * part)))
    return found


def braille_grid(dots: Iterable[tuple[int, int]], width: int, height: int) -> Grid:
    """Dots (2 × 4 to a character) as `height` rows of `width` braille characters or spaces."""
    masks = [[0] * width for _ in range(height)]
    for x, y in dots:
        if 0 <= x < width * DOTS_X and 0 <= y < height * DOTS_Y:
            masks[y // DOTS_Y][x // DOTS_X] |= BRAILLE_BITS[y % DOTS_Y][x % DOTS_X]
    return [[chr(0x2800 + mask) if mask else " " for mask in row] for row in masks]


def ascii_grid(dots: Iterable[tuple[int, int]], width: int, height: int) -> Grid:
    """Dots (one to a character) as rows of `*` or spaces."""
    grid = [[" "] * width for _ in range(height)]
    for x, y in dots:
        if 0 <= x < width and 0 <= y < height:
            grid[y][x] = "*"
    return grid
