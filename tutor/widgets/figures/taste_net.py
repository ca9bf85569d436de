"""A net with one hidden layer learns what a taster likes, beside the best straight recipe."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.mixing_desk import TASTES
from tutor.widgets.figures.surface import maps_content

FRAMES = 20
BARS = 76
ACTIVATIONS = ("none", "ReLU", "GELU", "SiLU")


class TasteNet(Figure):
    """Maps of the taster, of the best straight recipe and of the net at one moment; below, both errors."""

    ASK = ("desk", "mixing.learn")
    BUSY = "Training …"

    def __init__(self, taste: str = TASTES[0], activation: str = "GELU", units: int = 8) -> None:
        """Args: taste: the taster; activation, units: the net to begin with."""
        self._taste = taste
        self._activation = activation
        self._units = units

    def controls(self) -> Sequence[Control]:
        """The net, its beginning, the taster, and the moment to look at."""
        return (
            Pick("activation", "activation", ACTIVATIONS, self._activation),
            Number("units", "hidden units", (1, 2, 3, 4, 8, 16), self._units),
            Number("seed", "seed", range(5), 0),
            Pick("taste", "taster", TASTES, self._taste),
            Number("frame", "moment", range(FRAMES + 1), FRAMES, {FRAMES: "latest"}, asks=False),
        )

    def params(self, values: Values) -> Values:
        """Numbers of things are whole."""
        return super().params(values) | {"units": int(values["units"]), "seed": int(values["seed"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The maps, then the errors as bars."""
        frame = answer["frames"][min(int(values["frame"]), len(answer["frames"]) - 1)]
        drawn = answer["surfaces"]
        maps = {"the taster": drawn["taster"], "the net": frame["surface"], "the best straight one": drawn["best"]}
        straight, error = answer["straight"], frame["error"]
        bars = [
            Bar("straight recipe", straight, f"off by {straight:.2f}", "$frozen"),
            Bar("net", error, f"off by {error:.2f}", "$trainable"),
        ]
        lines = [
            *maps_content(maps, view.width, colours=view.colours),
            Content(),
            bars_content(bars, max(answer["frames"][0]["error"], straight), min(view.width, BARS)),
            Content.styled(f"step {frame['step']} of {answer['steps']}, {answer['parameters']} parameters", "$muted"),
        ]
        return Content("\n").join(lines)
