"""A cup of lemonade on the desk: what a straight recipe says of it, and what a taster does."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.columns import GAP, side_by_side
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.surface import MAP, MOST, NAME, maps_content

TASTES = ("sweet matches sour", "a little of each", "the more lemon")
SPOONS = range(MOST + 1)
RECIPE = {"lemon": 0.5, "water": 0.3, "sugar": 0.2}
"""What the course's story mixes by."""
BARS = 40


class MixingDesk(Figure):
    """The map of all cups with this much water, the cup on it, and both opinions of it."""

    ASK = ("desk", "mixing.surface")

    def __init__(self, taste: str = TASTES[0]) -> None:
        """Args: taste: the taster to begin with."""
        self._taste = taste

    def controls(self) -> Sequence[Control]:
        """Three amounts, and who tastes."""
        spoons = [Number(name, name, SPOONS, value, asks=False) for name, value in
                  (("lemon", 6), ("water", 2), ("sugar", 3))]  # fmt: skip
        return (*spoons, Pick("taste", "taster", TASTES, self._taste))

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The map beside the two opinions."""
        lemon, water, sugar = (int(values[name]) for name in RECIPE)
        ratings = answer["ratings"][water]
        says = _opinions(values, ratings[lemon][sugar], min(BARS, view.width - MAP - NAME - GAP))
        title = f"the taster, {water} water"
        drawn = maps_content({title: ratings}, MAP + NAME, colours=view.colours, cup=(lemon, sugar))
        return Content("\n").join([*side_by_side(drawn[:-1], says, view.width), Content(), drawn[-1]])


def _opinions(values: Values, rated: float, width: int) -> list[Content]:
    """The recipe worked out, then a bar for each opinion."""
    mixed = sum(share * values[name] for name, share in RECIPE.items())
    terms = [
        Content.assemble((f"{share} × ", "$muted"), f"{values[name]:>2g}", (f" {name}", "$muted"))
        for name, share in RECIPE.items()
    ]
    bars = [Bar("recipe", mixed, f"{mixed:.1f}", "$frozen"), Bar("taster", rated, f"{rated:.1f}", "$activation")]
    return [
        Content.styled("a straight recipe", "bold"),
        *terms,
        Content.assemble(("together ", "$muted"), (f"{mixed:.1f}", "bold $frozen")),
        Content(),
        *bars_content(bars, MOST, width).split("\n"),
    ]
