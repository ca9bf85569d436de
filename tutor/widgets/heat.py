"""Heat cells: a matrix of real values, two characters a cell.

Values around zero have nine levels, -4 to 4 (`level`, `heat_content`); values from zero up, such as probabilities, have
nine shades, 0 to 8 (`shade`, `shades_content`). Where colours are few or missing, a level is a signed number that grows
bolder, and a shade a number behind a block that grows darker.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

from textual.content import Content

from tutor.widgets.glyphs import plain_ascii

Matrix = Sequence[Sequence[float]]
Cell = tuple[str, str]
"""Two characters and their style."""

STEPS = 4
"""Steps on each side of zero; few, so that neighbours merge and little is sent over a slow line."""
SHADES = 8

BLOCKS = " ░░▒▒▓▓██"
ASCII_BLOCKS = " .:-=+*#@"
"""A glyph for each shade, from nothing to full."""
WEIGHTS = ("", "dim", "", "bold", "bold reverse")
"""How the number of each step is set where colours do not tell."""


def level(value: float, scale: float) -> int:
    """Step of `value` between -4 and 4, where `scale` is the absolute value that gets the last step."""
    if scale <= 0 or not math.isfinite(value):
        return 0
    return round(max(-1.0, min(1.0, value / scale)) * STEPS)


def shade(value: float, top: float) -> int:
    """Shade of `value` between 0 and 8, where `top` is the value that gets the last one."""
    if top <= 0 or not math.isfinite(value):
        return 0
    return round(max(0.0, min(1.0, value / top)) * SHADES)


def scale_of(matrix: Matrix) -> float:
    """The absolute value below which 98 % of the values lie: a few outliers must not turn the rest grey."""
    values = sorted(abs(value) for row in matrix for value in row if math.isfinite(value))
    return values[min(len(values) - 1, int(len(values) * 0.98))] if values else 0.0


def level_paper(step: int) -> str:
    """The style of text on the colour of a level."""
    return f"auto on $heat{step}" if step else "$foreground"


def shade_paper(step: int) -> str:
    """The style of text on the colour of a shade."""
    return f"auto on $scale{step}" if step else "$foreground"


def level_cell(step: int) -> Cell:
    """A level without its colour behind: `+4`, `-1`; the sign has a colour where there are any."""
    if not step:
        return " 0", "$faint"
    return f"{step:+d}", f"$heat{STEPS if step > 0 else -STEPS} {WEIGHTS[abs(step)]}".rstrip()


def shade_cell(step: int) -> Cell:
    """A shade without its colour: `▒4`."""
    glyph = (ASCII_BLOCKS if plain_ascii() else BLOCKS)[step]
    return f"{glyph}{step}", "$foreground" if step else "$faint"


def heat_content(names: Sequence[str], matrix: Matrix, *, digits: bool) -> Content:
    """A line per row: its name, then its cells, in levels around zero.

    Args:
        digits: write the step into each cell instead of colouring it (no colours, or few).
    """
    scale = scale_of(matrix)
    return _lines(names, matrix, lambda value: _level(level(value, scale), digits))


def shades_content(names: Sequence[str], matrix: Matrix, top: float, *, digits: bool) -> Content:
    """A line per row: its name, then its cells, in shades from 0 to `top`."""
    return _lines(names, matrix, lambda value: _shade(shade(value, top), digits))


def legend(scale: float, *, digits: bool) -> Content:
    """What the levels mean: from minus `scale` through zero to plus `scale`."""
    if digits:
        return Content(f"-4 is {-scale:.2f}, 0 is near zero, +4 is {scale:.2f}")
    cells = [_level(step, digits=False) for step in range(-STEPS, STEPS + 1)]
    return Content.assemble((f"{-scale:.2f} ", "$muted"), *cells, (f" {scale:.2f}", "$muted"))


def shades_legend(top: float, *, digits: bool, low: float = 0) -> Content:
    """What the shades mean: from `low` to `top`."""
    cells = [_shade(step, digits) for step in range(SHADES + 1)]
    return Content.assemble((f"{low:g} ", "$muted"), *cells, (f" {top:.2f}", "$muted"))


def _level(step: int, digits: bool) -> Cell:
    return level_cell(step) if digits else ("  ", f"on $heat{step}" if step else "")


def _shade(step: int, digits: bool) -> Cell:
    return shade_cell(step) if digits else ("  ", f"on $scale{step}")


def _lines(names: Sequence[str], matrix: Matrix, cell: Callable[[float], Cell]) -> Content:
    name_width = max((len(name) for name in names), default=0)
    lines = []
    for name, row in zip(names, matrix, strict=True):
        # Runs of one style are one span: most of the bytes of a heat map are colour changes.
        runs = groupby(map(cell, row), key=lambda drawn: drawn[1])
        spans = [("".join(text for text, _ in run), style) for style, run in runs]
        lines.append(Content.assemble((name.rjust(name_width) + " ", "$foreground"), *spans))
    return Content("\n").join(lines)
