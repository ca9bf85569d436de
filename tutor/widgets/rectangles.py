"""A rectangle of terminal cells divided in proportion: the arithmetic of a treemap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CELL_HEIGHT = 2
"""A terminal's cell is about twice as high as it is wide."""


@dataclass(frozen=True)
class Rectangle:
    """Cells from column `x`, row `y`."""

    x: int
    y: int
    width: int
    height: int

    @property
    def cells(self) -> int:
        """Its area."""
        return self.width * self.height


def divided(values: Sequence[float], whole: Rectangle) -> list[Rectangle]:
    """A rectangle for each of `values`, in their order, together all of `whole`.

    Areas are in proportion up to the rounding to whole cells; what is far below a cell can get none. The values are
    halved again and again, each time across the longer side, which keeps the pieces from becoming strips.
    """
    if len(values) <= 1:
        return [whole] * len(values)
    cut = _middle(values)
    share = sum(values[:cut]) / sum(values) if sum(values) > 0 else 0.0
    if whole.width >= whole.height * CELL_HEIGHT:
        width = round(whole.width * share)
        first = Rectangle(whole.x, whole.y, width, whole.height)
        second = Rectangle(whole.x + width, whole.y, whole.width - width, whole.height)
    else:
        height = round(whole.height * share)
        first = Rectangle(whole.x, whole.y, whole.width, height)
        second = Rectangle(whole.x, whole.y + height, whole.width, whole.height - height)
    return [*divided(values[:cut], first), *divided(values[cut:], second)]


def _middle(values: Sequence[float]) -> int:
    """Where to cut so that both sides are as equal as can be."""
    total = sum(values)
    return min(range(1, len(values)), key=lambda cut: abs(2 * sum(values[:cut]) - total))
