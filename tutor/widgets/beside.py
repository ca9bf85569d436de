"""Two pictures made of text, next to each other."""

from __future__ import annotations

from itertools import zip_longest

from textual.content import Content


def beside(left: Content, right: Content, gap: int = 3) -> Content:
    """`right` begins `gap` cells after the widest line of `left`; both begin on the first line."""
    lefts, rights = left.split("\n", allow_blank=True), right.split("\n", allow_blank=True)
    width = max(line.cell_length for line in lefts) + gap
    return Content("\n").join(
        Content.assemble(one, " " * (width - one.cell_length), other)
        for one, other in zip_longest(lefts, rights, fillvalue=Content())
    )
