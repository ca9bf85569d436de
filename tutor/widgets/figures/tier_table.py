"""The parameters of the five sizes of the course, to the digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View

ROWS = {"embedding": "embedding", "head": "LM head", "attention": "attention", "mlp": "MLP", "norms": "norms"}
COLUMN = 16
NAME = 11

Tier = Mapping[str, Any]


class TierTable(Figure):
    """A column per size where there is room, else a block of lines per size."""

    ASK = ("desk", "tier_table.parts")

    def controls(self) -> Sequence[Control]:
        """Counts or shares."""
        return (Pick("show", "show", ("shares", "parameters"), "shares", asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """One row per part, then the body and the whole."""
        counts = values["show"] == "parameters"
        tiers, column = answer["tiers"], COLUMN if counts else 9
        per_line = max(1, (view.width - NAME) // column)
        blocks = [tiers[start : start + per_line] for start in range(0, len(tiers), per_line)]
        return Content("\n\n").join(_block(block, column, counts=counts) for block in blocks)


def _block(tiers: Sequence[Tier], column: int, *, counts: bool) -> Content:
    def line(name: str, cells: Sequence[str], style: str) -> Content:
        return Content.assemble((f"{name:<{NAME}}", "$muted"), ("".join(f"{cell:>{column}}" for cell in cells), style))

    def cells(part: str) -> list[str]:
        return [_cell(tier, part, counts=counts) for tier in tiers]

    lines = [line("", [tier["name"] for tier in tiers], "$muted")]
    lines += [line(name, cells(part), "$frozen") for part, name in ROWS.items()]
    lines.append(line("body", cells("body"), "bold"))
    lines.append(line("total", [_whole(tier, counts=counts) for tier in tiers], "$foreground"))
    lines.append(line("MLP/body", [f"{tier['block']:.2f} %" for tier in tiers], "$foreground"))
    return Content("\n").join(lines)


def _cell(tier: Tier, part: str, *, counts: bool) -> str:
    if part == "head" and tier["tied"]:
        return "tied"
    return f"{tier['counts'][part]:,}" if counts else f"{tier['shares'][part]:.2f} %"


def _whole(tier: Tier, *, counts: bool) -> str:
    total = tier["total"]
    return f"{total:,}" if counts else f"{total / 1e9:.2f} G" if total >= 1e9 else f"{total / 1e6:.0f} M"
