"""The learner's own cup in the trained kitchen: its units before and after they bend."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.surface import MOST
from tutor.widgets.figures.taste_net import ACTIVATIONS
from tutor.widgets.figures.unit_bars import unit_bars

CUP = {"lemon": 8, "water": 4, "sugar": 2, "tart": 7}


class TasteTest(Figure):
    """Every unit as bars, and how the rating comes together."""

    ASK = ("desk", "kitchen.taste")
    BUSY = "Training the kitchen, once …"

    def __init__(self, activation: str = "GELU") -> None:
        """Args: activation: what bends, to begin with."""
        self._activation = activation

    def controls(self) -> Sequence[Control]:
        """What bends, and the cup."""
        amounts = [Number(name, name, range(MOST + 1), value) for name, value in CUP.items()]
        return (*amounts, Pick("activation", "activation", ACTIVATIONS, self._activation))

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The units, then their sum."""
        units = answer["units"]
        adds = sum(unit["adds"] for unit in units)
        rated = f"{answer['rated']:.1f}"
        says = [
            Content.assemble(
                (f"{answer['base']:.2f} to begin with, {adds:+.2f} from the units: ", "$muted"),
                (f"{answer['said']:.1f}", "bold $trainable"), ("   the taster's rule: ", "$muted"), rated,
            ),
            Content.styled(f"{answer['negative']} of {len(units)} units are below zero before, "
                           f"{answer['rejected']} rejected.", "$muted"),
        ]  # fmt: skip
        lines = [*unit_bars(units, view.width), Content()]
        return Content("\n").join([*lines, *(part for line in says for part in line.wrap(view.width))])
