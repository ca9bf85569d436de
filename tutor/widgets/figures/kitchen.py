"""A kitchen learns thirty rated recipes: the loss, and what it says of each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.taste_net import ACTIVATIONS
from tutor.widgets.glyphs import bar

FRAMES = 30
FEW, MANY = 6, 14
"""Recipes that are listed, on small and on tall screens."""
BAR = 10


class Kitchen(Figure):
    """The error on recipes that it learns from and on others, over the steps; below, some recipes."""

    ASK = ("desk", "kitchen.train")
    START = "Train the kitchen"
    BUSY = "Training …"

    def __init__(self, activation: str = "GELU") -> None:
        """Args: activation: what bends, to begin with."""
        self._activation = activation

    def controls(self) -> Sequence[Control]:
        """What bends, and how it is trained."""
        return (
            Pick("activation", "activation", ACTIVATIONS, self._activation),
            Number("rate", "learning rate", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3), 0.03),
            Number("seed", "seed", range(5), 0),
        )

    def params(self, values: Values) -> Values:
        """The seed is whole."""
        return super().params(values) | {"seed": int(values["seed"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curves, the latest errors, the recipes."""
        frames = answer["frames"]
        lines = [
            Series("recipes it learns from", [(frame["step"], frame["seen"]) for frame in frames], "$trainable"),
            Series("recipes it never tasted", [(frame["step"], frame["unseen"]) for frame in frames], "$activation"),
        ]
        axes = Axes("step", "off by")
        drawn = chart_content(lines, view.width, 12 if view.tall else 7, axes, colours=view.colours)
        last = frames[-1]
        says = Content.assemble(
            f"step {last['step']}: off by ", (f"{last['seen']:.2f}", "bold $trainable"), " where it learns, ",
            (f"{last['unseen']:.2f}", "bold $activation"), " elsewhere",
        )  # fmt: skip
        return Content("\n").join([drawn, says.truncate(view.width), *_recipes(answer, MANY if view.tall else FEW)])


def _recipes(answer: Answer, most: int) -> list[Content]:
    lines = [Content.styled(f"{'lemon':>5}{'water':>7}{'sugar':>7}{'tart':>6}{'rated':>8}{'says':>7}", "$muted")]
    for recipe in answer["recipes"][:most]:
        amounts = f"{recipe['lemon']:>5g}{recipe['water']:>7g}{recipe['sugar']:>7g}{recipe['tart']:>6g}"
        off = abs(recipe["said"] - recipe["rating"])
        lines.append(
            Content.assemble(
                (amounts, "$foreground"),
                (f"{recipe['rating']:>8.1f}", "$muted"),
                (f"{recipe['said']:>7.1f} ", "bold $trainable"),
                (bar(off, 5, BAR) if off >= 0.1 else "", "$problem"),
            )
        )
    more = len(answer["recipes"]) - most
    return [*lines, Content.styled(f"and {more} more; the bar is how far off it is", "$faint")]
