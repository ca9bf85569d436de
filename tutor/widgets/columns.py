"""Two texts beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from textual.content import Content

GAP = 3


def side_by_side(left: Sequence[Content], right: Sequence[Content], width: int) -> list[Content]:
    """Lines of both, the left ones as wide as they need, the right ones cut to what is left of `width`."""
    first = max((line.cell_length for line in left), default=0)
    room = width - first - GAP
    if room < 1:
        return [line.truncate(width, ellipsis=True) for line in (*left, *right)]
    return [
        one.truncate(first, pad=True) + Content(" " * GAP) + other.truncate(room, ellipsis=True) if other else one
        for one, other in zip_longest(left, right, fillvalue=Content())
    ]
