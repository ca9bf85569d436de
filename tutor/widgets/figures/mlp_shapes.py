"""A classic feed-forward block beside a gated one, to scale, and the parameters of every size."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.columns import side_by_side
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, switch
from tutor.widgets.glyphs import plain_ascii

TIERS = ("nano", "tiny", "small", "medium", "large")
RATIOS = {0: "own", 1: "1", 2: "2", 8 / 3: "8/3", 4: "4", 5: "5", 6: "6", 8: "8"}
NAMES = {2: ("up", "down"), 3: ("gate", "up", "down")}
GAP = 3
NARROW = 66
"""Cells below which the table has no room for counts."""


class MlpShapes(Figure):
    """Every matrix is as high as the hidden size and as wide as the wide one, on one scale for both blocks."""

    ASK = ("desk", "mlp_shapes.count")

    def __init__(self, tier: str = "nano", table: bool = True) -> None:
        """Args: tier: the size to begin with; table: list every size below the picture."""
        self._tier = tier
        self._has_table = table

    def controls(self) -> Sequence[Control]:
        """Which size, and two things to change about it."""
        return (
            Pick("tier", "model", TIERS, self._tier),
            Number("ratio", "times as wide", list(RATIOS), 0, RATIOS),
            switch("gated", "gated", True),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The two blocks, what they count, and the table."""
        classic, chosen = answer["classic"], answer["chosen"]
        room = int((view.width - GAP) / 2 / (classic["ratio"] + chosen["ratio"]))
        height = max(1, min(4 if view.tall else 2, room))
        name = values["tier"] if chosen == answer["own"] else "yours"
        drawn = (_drawn(classic, "classic", height, view.colours), _drawn(chosen, name, height, view.colours))
        lines = [*side_by_side(*drawn, view.width), Content(), *_counter(answer, view.width)]
        if self._has_table:
            lines += [Content(), *_table(answer, values["tier"], narrow=view.width < NARROW)]
        return Content("\n").join(lines)


def _drawn(block: Answer, name: str, height: int, colours: bool) -> list[Content]:
    """A title, and each matrix `height` lines high; a cell is twice as high as wide."""
    width = round(2 * height * block["ratio"])
    fill = " " if colours else ":" if plain_ascii() else "░"
    style = "auto on $frozen 40%" if colours else "$foreground"
    title = f"{name}, {block['matrices']} matrices"
    lines = [Content.styled(title.ljust(width), "$muted")]
    for matrix in NAMES[block["matrices"]]:
        for row in range(height):
            named = f" {matrix} " if row == height // 2 and len(matrix) + 2 <= width else ""
            lines.append(Content.styled(named.center(width, fill), style))
        lines.append(Content())
    return lines[:-1]


def _counter(answer: Answer, width: int) -> list[Content]:
    """What the chosen block counts, in a layer and in all."""
    chosen = answer["chosen"]
    shares = f"{chosen['of_body']:.1f} % of all layers, {chosen['of_model']:.1f} % of the model"
    lines = [
        Content.assemble(
            f"{chosen['matrices']} × {chosen['hidden']:,} × {chosen['wide']:,} = ",
            (f"{chosen['layer']:,}", "bold $frozen"), " in a layer,",
        ),
        Content.assemble(f"× {chosen['layers']} layers = ", (f"{chosen['total']:,}", "bold $frozen"), f": {shares}."),
        Content.styled(_compared(chosen["layer"], answer["classic"]["layer"]), "$muted"),
    ]  # fmt: skip
    return [part for line in lines for part in line.wrap(width)]


def _compared(chosen: int, classic: int) -> str:
    if chosen == classic:
        return "Exactly as many as the classic block."
    return f"{chosen / classic:.2f} times as many as the classic block."


def _table(answer: Answer, tier: str, *, narrow: bool) -> list[Content]:
    """Every size as published; the count is left out where it is narrow."""
    count = "" if narrow else f"{'MLP in all':>16}"
    header = f"{'':<7}{'hidden':>7}{'wide':>8}{'ratio':>7}{count}{'of layers':>11}{'of model':>10}"
    lines = [Content.styled(header, "$muted")]
    for row in answer["tiers"]:
        count = "" if narrow else f"{row['total']:>16,}"
        widths = f"{row['hidden']:>7,}{row['wide']:>8,}{row['ratio']:>7.2f}"
        shares = f"{row['of_body']:>9.1f} %{row['of_model']:>8.1f} %"
        style = "bold" if row["tier"] == tier else "$foreground"
        lines.append(Content.styled(f"{row['tier']:<7}{widths}{count}{shares}", style))
    return lines
