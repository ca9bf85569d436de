"""The residual stream of the last token, layer by layer, as heat."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.heat import heat_content, legend
from tutor.widgets.lesson.trace import Trace


class StreamHeat(TracePicture):
    """A row per layer, a column per dimension; each row has a colour scale of its own."""

    def __init__(self, every: int = 1) -> None:
        """Args: every: show each n-th layer only, and the last."""
        self._every = every

    def picture(self, trace: Trace, view: View) -> Content:
        """As many dimensions as fit."""
        cells = trace.report["cells"]
        shown = shown_layers(len(cells), self._every)
        columns = (view.width - 7) // 2
        # The stream grows from layer to layer: with one scale for all, the first rows would be blank.
        lines = [
            heat_content([layer_name(layer)], [cells[layer][:columns]], digits=not view.colours) for layer in shown
        ]
        says = Content.styled("Violet below zero, orange above; strongest at each row's largest values.", "$muted")
        return Content("\n").join([*lines, Content(), says if view.colours else legend(1, digits=True)])


def shown_layers(count: int, every: int) -> list[int]:
    """Each `every`-th of `count` layers, always with the last."""
    layers = list(range(0, count, every))
    return layers if layers[-1] == count - 1 else [*layers, count - 1]


def layer_name(layer: int) -> str:
    """Its name in a table; 0 is before the first layer."""
    return " embed" if layer == 0 else f"{layer:>6}"
