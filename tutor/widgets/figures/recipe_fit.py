"""A straight recipe of the learner's own, against the taster and against the best one there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.mixing_desk import TASTES
from tutor.widgets.figures.surface import maps_content

WEIGHTS = [n / 10 for n in range(-10, 11)]
BASES = range(-5, 11)


class RecipeFit(Figure):
    """Maps of the taster, of the learner's recipe and of the best straight one, and how far off both are."""

    ASK = ("desk", "mixing.recipe")

    def __init__(self, taste: str = TASTES[0]) -> None:
        """Args: taste: the taster to begin with."""
        self._taste = taste

    def controls(self) -> Sequence[Control]:
        """Four numbers make a straight recipe."""
        weights = [Number(name, f"{name} ×", WEIGHTS, value) for name, value in
                   (("lemon", 0.5), ("water", 0.3), ("sugar", 0.2))]  # fmt: skip
        return (*weights, Number("base", "plus", BASES, 0), Pick("taste", "taster", TASTES, self._taste))

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """As many maps as fit beside each other, and the errors."""
        drawn = answer["surfaces"]
        maps = {"the taster": drawn["taster"], "your recipe": drawn["yours"], "the best straight one": drawn["best"]}
        lines = maps_content(maps, view.width, colours=view.colours)
        says = [_line("yours", answer["yours"], "$frozen"), _line("the best", answer["best"], "$trainable")]
        return Content("\n").join([*lines, Content(), *(part for line in says for part in line.wrap(view.width))])


def _line(name: str, judged: Answer, meaning: str) -> Content:
    lemon, water, sugar, base = (round(weight, 2) + 0.0 for weight in judged["weights"])
    return Content.assemble(
        (f"{name:<9}", "$muted"), "off by ", (f"{judged['error']:.2f}", f"bold {meaning}"),
        (f"  {lemon:g} lemon {water:+g} water {sugar:+g} sugar {base:+g}", "$muted"),
    )  # fmt: skip
