"""Ratings of cups by lemon and sugar as maps: one cell a cup, the brighter the better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from textual.content import Content

from tutor.widgets.columns import GAP, side_by_side
from tutor.widgets.heat import SHADES, shade, shade_cell, shade_paper

MOST = 10
"""The best rating, and the most spoons."""
NAME = 3
CELL = 2
MAP = CELL * (MOST + 1)

Ratings = Sequence[Sequence[float]]
"""By lemon, then sugar; what lies outside 0 to 10 is drawn as these."""
Cup = tuple[int, int]
"""Spoons of lemon and of sugar."""


def maps_content(maps: Mapping[str, Ratings], width: int, *, colours: bool, cup: Cup | None = None) -> list[Content]:
    """As many maps as fit beside each other, under their titles, and what the cells mean; `cup` is marked."""
    fit = max(1, (width - NAME + GAP) // (MAP + GAP))
    lines: list[Content] = []
    for title, ratings in list(maps.items())[:fit]:
        drawn = _map(title, ratings, colours, cup, named=not lines)
        lines = side_by_side(lines, drawn, width) if lines else drawn
    return [*lines, _legend(colours)]


def _map(title: str, ratings: Ratings, colours: bool, cup: Cup | None, *, named: bool) -> list[Content]:
    """Lemon upwards, sugar to the right."""
    indent = NAME if named else 0
    lines = [Content.styled((" " * indent + title).ljust(indent + MAP), "bold")]
    for lemon in range(MOST, -1, -1):
        name = f"{lemon:>2} " if named and lemon in (0, MOST) else " " * indent
        cells = [_cell(rating, colours, (lemon, sugar) == cup) for sugar, rating in enumerate(ratings[lemon])]
        # Runs of one style are one span: most of the bytes of a map are colour changes.
        runs = groupby(cells, key=lambda cell: cell[1])
        spans = [("".join(text for text, _ in run), style) for style, run in runs]
        lines.append(Content.assemble((name, "$muted"), *spans))
    return [*lines, Content.styled(f"{'':<{indent}}0{MOST:>{MAP - 1}}", "$muted")]


def _cell(rating: float, colours: bool, marked: bool) -> tuple[str, str]:
    step = shade(rating, MOST)
    if not colours:
        text, style = shade_cell(step)
        return text, "bold reverse" if marked else style
    return ("[]", f"bold {shade_paper(step)}") if marked else ("  ", f"on $scale{step}")


def _legend(colours: bool) -> Content:
    cells = [_cell(MOST * step / SHADES, colours, marked=False) for step in range(SHADES + 1)]
    where = "   lemon up, sugar right"
    return Content.assemble(("rated 0 ", "$muted"), *cells, (f" {MOST}{where}", "$muted"))
