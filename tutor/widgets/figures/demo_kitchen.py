"""The kitchen of the course's own demo: its recipes, its weights, and no unit that is ever rejected."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.taste_net import ACTIVATIONS
from tutor.widgets.figures.unit_bars import unit_bars

SHOWN = 8
"""Units that are drawn on a small screen; the other half repeats them."""


class DemoKitchen(Figure):
    """Units as bars, and the blend with and without the activation."""

    ASK = ("desk", "demo_kitchen.batch")

    def controls(self) -> Sequence[Control]:
        """Which batch, and what bends."""
        return Number("number", "batch", (1, 2, 3), 1), Pick("activation", "activation", ACTIVATIONS, "GELU")

    def params(self, values: Values) -> Values:
        """Batches are whole."""
        return super().params(values) | {"number": int(values["number"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The units, then what comes out."""
        units = answer["units"]
        shown = len(units) if view.tall else SHOWN
        lines = unit_bars(units[:shown], view.width)
        if shown < len(units):
            lines.append(Content.styled(f"and {len(units) - shown} more", "$faint"))
        spread = f"All {len(units)} lie between {answer['low']:.3f} and {answer['high']:.3f} before."
        says = [Content.styled(spread, "$muted"), _blend("with it", answer["blend"], "bold $activation"),
                _blend("skipped", answer["skipped"], "$foreground")]  # fmt: skip
        return Content("\n").join([*lines, Content(), *(line.truncate(view.width) for line in says)])


def _blend(name: str, numbers: Sequence[float], style: str) -> Content:
    return Content.assemble((f"{name:<9}", "$muted"), ("  ".join(f"{number:.3f}" for number in numbers), style))
