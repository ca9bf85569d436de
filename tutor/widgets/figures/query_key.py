"""One token asks: its query against every key, the scores through softmax, and what weight each token gets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content

from tutor.widgets.figures.attention_map import HEADS, LAYERS
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.figures.layout import cut_name
from tutor.widgets.glyphs import bar, padded

TOKENS = range(1, 129)
NAME = 12
MOST = 16
"""Tokens that are shown: the last ones before the token that asks, and itself."""


class QueryKey(Figure):
    """A row of attention, step by step: q·k, scaled, and as a share."""

    ASK = ("trace", "attention.head")
    USES_PROMPT = True
    BUSY = "Reading the attention weights of every head …"

    def __init__(self, layer: int = 5, head: int = 2) -> None:
        """Args: layer, head: those that are shown first, counted from 0."""
        self._layer = layer
        self._head = head

    def controls(self) -> Sequence[Control]:
        """Who asks, and which head."""
        return (
            Number("token", "token", TOKENS, TOKENS[-1], asks=False),
            Number("layer", "layer", LAYERS, self._layer),
            Number("head", "head", HEADS, self._head),
        )

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The tokens, layers and heads that there are."""
        return {
            "token": range(1, answer["tokens"] + 1),
            "layer": range(answer["layers"]),
            "head": range(answer["heads"]),
        }

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line for each token that may be looked at."""
        row = min(int(values["token"]), answer["tokens"]) - 1
        root = math.sqrt(answer["head_dim"])
        scores, weights = [dot / root for dot in answer["dots"][row]], answer["weights"][row]
        first = max(0, row + 1 - MOST)
        names = [cut_name(piece, NAME) for piece in answer["pieces"][first : row + 1]]
        width = max(map(cell_len, names))
        room = (view.width - width - 20) // 2
        lines = [_heading(answer, row, width, room)]
        for name, score, weight in zip(names, scores[first:], weights[first:], strict=True):
            lines.append(_line(name, width, (score, min(scores), max(scores)), (weight, max(weights)), room))
        hidden = sum(weights[:first])
        rest = [Content.styled(f"and {hidden:.3f} on the {first} tokens before these", "$muted")] if first else []
        return Content("\n").join([_says(answer, row).truncate(view.width), Content(), *lines, *rest])


def _says(answer: Answer, row: int) -> Content:
    name = cut_name(answer["pieces"][row], NAME)
    return Content.assemble(
        (f"{name} asks", "bold"), (f": layer {answer['layer']}, head {answer['head']} (counted from 0)", "$muted")
    )


def _heading(answer: Answer, row: int, width: int, room: int) -> Content:
    scaled = f"q·k/√{answer['head_dim']}"
    return Content.styled(f"{'key':<{width}}  {scaled:>8} {'':<{room}}{'weight':>7}", "$muted")


def _line(name: str, width: int, score: tuple[float, float, float], weight: tuple[float, float], room: int) -> Content:
    value, low, high = score
    return Content.assemble(
        (padded(name, width), "$foreground"),
        (f"  {value:>8.2f} ", "$muted"),
        (bar(value - low, high - low, room - 2).ljust(room), "$operation"),
        (f"{weight[0]:>7.3f} ", "$foreground"),
        (bar(weight[0], weight[1], room), "$activation"),
    )
