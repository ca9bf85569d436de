"""One layer's hidden units while it reads the learner's text, and one of them up close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.columns import side_by_side
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.glyphs import bar, padded, visible

LAYERS = range(128)
"""More than any model of the course has; the answer says how many there are."""
STRONGEST = 24
PIECE, BAR = 12, 12
"""Cells that a token, and a bar, may take."""
TOKENS = (12, 20)
"""Tokens that are shown, on small and on tall screens."""
NARROW = 68
"""Cells below which tokens and bars are cut to half."""


class HiddenUnits(Figure):
    """How large the hidden values are, which tokens one unit answers to, and what it writes."""

    ASK = ("trace", "hidden.units")
    USES_PROMPT = True
    BUSY = "Reading your text …"

    def __init__(self, layer: int = 12) -> None:
        """Args: layer: the one to begin with."""
        self._layer = layer

    def controls(self) -> Sequence[Control]:
        """The layer, and which of its strongest units."""
        return (
            Number("layer", "layer", LAYERS, self._layer),
            Number("place", "unit, by strength", range(1, STRONGEST + 1), 1, asks=False),
        )

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The layers and units that there are."""
        return {"layer": range(answer["layers"]), "place": range(1, len(answer["strongest"]) + 1)}

    def params(self, values: Values) -> Values:
        """The layer is whole."""
        return {"layer": int(values["layer"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The histogram beside the unit."""
        strongest = answer["strongest"]
        unit = strongest[min(int(values["place"]), len(strongest)) - 1]
        half = 2 if view.width < NARROW else 1
        left = _histogram(answer, BAR // half)
        right = _unit(answer, unit, TOKENS[view.tall], half)
        lines = side_by_side(left, right, view.width)
        return Content("\n").join([*lines, Content(), *_says(answer, unit, view.width)])


def _histogram(answer: Answer, width: int) -> list[Content]:
    """How many of all values lie between which multiples of their token's usual size."""
    edges, counts = answer["edges"], answer["histogram"]
    total = sum(counts)
    lines = [Content.styled(f"all values of layer {answer['layer']}", "$muted")]
    for place, count in enumerate(counts):
        name = f"< {edges[0]:g}" if not place else f"> {edges[-1]:g}" if place == len(edges) else f"to {edges[place]:g}"
        near = edges[place - 1] == -edges[place] if 0 < place < len(edges) else False
        drawn = bar(count, max(counts), width).ljust(width)
        lines.append(
            Content.assemble(
                (f"{'near 0' if near else name:>7} ", "$foreground"),
                (drawn, "$muted" if near else "$activation"),
                (f"{100 * count / total:>6.1f} %", "$muted"),
            )
        )
    return lines


def _unit(answer: Answer, unit: Answer, most: int, half: int) -> list[Content]:
    """The unit's value at each token, in the order of the text; of a long text the strongest ones."""
    values = unit["values"]
    shown = sorted(sorted(range(len(values)), key=lambda place: -abs(values[place]))[:most])
    top = max(abs(value) for value in values)
    lines = [Content.styled(f"unit {unit['unit']}, by token", "bold")]
    for place in shown:
        value = values[place]
        lines.append(
            Content.assemble(
                (padded(_piece(answer["pieces"][place]), PIECE // half), "$foreground"),
                (f"{value:>+9.2f} ", "$foreground"),
                (bar(abs(value), top, BAR // half), "$trainable" if value > 0 else "$problem"),
            )
        )
    more = len(values) - len(shown)
    return [*lines, Content.styled(f"and {more} weaker ones", "$faint")] if more else lines


def _says(answer: Answer, unit: Answer, width: int) -> list[Content]:
    sparse = (f"{answer['closed']:.0f} % of the gates are negative; half of a token's vector comes from "
              f"{answer['half']:.1f} % of its {answer['units']:,} units.")  # fmt: skip
    lines = Content.styled(sparse, "$muted").wrap(width)
    for name, way, meaning in (
        ("makes likelier   ", "for", "$trainable"),
        ("and less likely  ", "against", "$problem"),
    ):
        pieces = "  ".join(_piece(piece) for piece in unit[way])
        lines.append(Content.assemble((name, "$muted"), (pieces, meaning)).truncate(width, ellipsis=True))
    return lines


def _piece(piece: str) -> str:
    return visible(clean_text(piece))
