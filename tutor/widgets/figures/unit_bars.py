"""Hidden units before and after they bend, as bars around zero."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer
from tutor.widgets.glyphs import signed_bar

NUMBER = 8
UNIT = 6
LAST = 22
"""Cells of what is said about a unit at its end."""
LONGEST = 12
"""Cells that a bar reaches to one side at most."""


def unit_bars(units: Sequence[Answer], width: int) -> list[Content]:
    """A line per unit: before, after, and what it adds or that it is rejected."""
    top = max(1e-9, *(abs(unit[when]) for unit in units for when in ("before", "after")))
    half = max(3, min(LONGEST, (width - UNIT - 2 * NUMBER - LAST) // 4))
    column = 2 * half + NUMBER
    lines = [Content.styled(f"{'unit':<{UNIT}}{'before':^{column}}{'after':^{column}}", "$muted")]
    for number, unit in enumerate(units, 1):
        spans = [(f"{number:<{UNIT}}", "$muted")]
        for when in ("before", "after"):
            value = unit[when]
            drawn, number_ = signed_bar(value, top, half), f"{value:>+{NUMBER - 1}.2f} "
            meaning = "$activation" if value > 0 else "$problem"
            spans += [(drawn, meaning), (number_, "$foreground")]
        lines.append(Content.assemble(*spans, _last(unit)).truncate(width, ellipsis=True))
    return lines


def _last(unit: Answer) -> tuple[str, str]:
    if unit["rejected"]:
        return "  rejected", "$problem"
    if "adds" in unit:
        return f"  adds {unit['adds']:+.2f}", "$muted"
    return "  passed on", "$muted"
