"""What LoRA trains of each size, and what its weights take, to the digit."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View

TABLES = ("LoRA", "LoRA in %", "memory")
SAYS = {
    "LoRA": "Trainable parameters by rank: q, k, v and o of every layer, or only q and v, or all seven matrices.",
    "LoRA in %": "Trainable parameters in percent of the model's own.",
    "memory": "Weights in GB of 1e9 bytes. NF4 leaves embedding and head in bf16, and stores scales: so “all 4-bit” is"
    " what it does not reach. KV: what generation keeps of a token, and of 2,048.",
}
NAME = 11
GAP = 2


class CostTable(Figure):
    """A column for each tier, as many beside each other as fit."""

    ASK = ("desk", "costs.tables")

    def __init__(self, table: str = "LoRA") -> None:
        """Args: table: `LoRA`, `LoRA in %` or `memory`."""
        self._table = table

    def controls(self) -> Sequence[Control]:
        """Which table."""
        return (Pick("table", "table", TABLES, self._table, asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The table, in blocks of as many tiers as the width holds."""
        rows = answer["tables"][values["table"]]
        columns = [_column(rows, tier, place) for place, tier in enumerate(answer["tiers"])]
        names = ["", *(row["name"] for row in rows)]
        lines: list[Content] = []
        for block in _blocks(columns, view.width):
            lines += [_line(number, name, block) for number, name in enumerate(names)]
            lines.append(Content())
        return Content("\n").join([*lines, *Content.styled(SAYS[values["table"]], "$muted").wrap(view.width)])


def _column(rows: Sequence[Answer], tier: str, place: int) -> list[str]:
    """The tier's name above its numbers, all equally wide."""
    shown = [tier, *(f"{row['values'][place]:{row['form']}}{row['unit']}" for row in rows)]
    width = max(len(text) for text in shown) + GAP
    return [text.rjust(width) for text in shown]


def _blocks(columns: Sequence[list[str]], width: int) -> list[list[list[str]]]:
    blocks: list[list[list[str]]] = [[]]
    for column in columns:
        if NAME + sum(len(known[0]) for known in blocks[-1]) + len(column[0]) > width:
            blocks.append([])
        blocks[-1].append(column)
    return blocks


def _line(number: int, name: str, block: Sequence[list[str]]) -> Content:
    style = "$muted" if number == 0 else "$foreground"
    return Content.assemble((name.ljust(NAME), "$muted"), ("".join(column[number] for column in block), style))
