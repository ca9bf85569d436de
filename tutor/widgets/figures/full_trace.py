"""The learner's sentence through the whole model on one screen: every stage a door to the topic that explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Door, Figure, Number, Values, View
from tutor.widgets.figures.norms import column_cell
from tutor.widgets.glyphs import padded, plain_ascii, visible

LAYERS = range(128)
"""More than any model of the course has; the answer says how many there are."""
NAME, TOPIC = 10, 6
"""Cells that the name of a stage and the number of a topic take."""
HEIGHT = 4
EDGE = 8
IDS = 8
"""Ids that are written out."""


class FullTrace(Figure):
    """The stream's length and the guess, layer by layer, above a row for every stage."""

    ASK = ("trace", "full_trace.stages")
    USES_PROMPT = True
    BUSY = "Sending your sentence through the model …"

    def __init__(self, layer: int = 12) -> None:
        """Args: layer: the one whose numbers are shown first, counted from 0."""
        self._layer = layer

    def controls(self) -> Sequence[Control]:
        """The layer to look into."""
        return (Number("layer", "look into layer", LAYERS, self._layer, asks=False),)

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The layers that the model has."""
        return {"layer": range(len(answer["layers"]))}

    def params(self, values: Values) -> Values:
        """All layers at once."""
        return {}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A column a layer, and below it whether the model would already say what it says in the end."""
        layers, chosen = answer["layers"], _layer(answer, values)
        lengths = [answer["embedded"], *(layer["stream"] for layer in layers)]
        final = layers[-1]["guess"]["piece"]
        step = 2 if EDGE + 2 * len(lengths) <= view.width else 1
        lines = [Content.styled("length of the last token's vector: embedding, then every layer", "$muted")]
        for row in reversed(range(HEIGHT)):
            name = f"{max(lengths):7.1f} " if row == HEIGHT - 1 else " " * EDGE
            cells = [(column_cell(length, max(lengths), row, HEIGHT).ljust(step),
                      "$operation" if place == chosen + 1 else "$activation")
                     for place, length in enumerate(lengths)]  # fmt: skip
            lines.append(Content.assemble((name, "$muted"), *cells))
        here, other = ("*", ".") if plain_ascii() else ("●", "·")
        marks = "".join((here if layer["guess"]["piece"] == final else other).ljust(step) for layer in layers)
        lines.append(Content.assemble(("guesses ", "$muted"), " " * step, (marks, "$trainable")))
        says = f"{here} where it would already say {_piece(final)}, as it does in the end"
        return Content("\n").join(
            line.truncate(view.width, ellipsis=True) for line in [*lines, Content.styled(says, "$muted")]
        )

    def doors(self, answer: Answer, values: Values, view: View) -> Sequence[Door]:
        """From text to text."""
        number = _layer(answer, values)
        rows = [*_before(answer), *_inside(answer["layers"][number], number, answer["shape"]), *_after(answer)]
        return [Door(_row(name, says, topic, view.width), topic) for name, says, topic in rows]


Row = tuple[str, str, str]
"""Name of a stage, what comes out of it, and its topic."""


def _layer(answer: Answer, values: Values) -> int:
    return min(int(values["layer"]), len(answer["layers"]) - 1)


def _before(answer: Answer) -> list[Row]:
    ids = " ".join(str(token) for token in answer["ids"][:IDS]) + (" …" if len(answer["ids"]) > IDS else "")
    pieces = " ".join(map(_piece, answer["pieces"]))
    return [
        ("text", f'"{answer["text"]}"', "1.3.3"),
        ("tokenize", f"{len(answer['ids'])} pieces: {pieces}", "2.1.1"),
        ("ids", ids, "1.3.2"),
        (
            "embed",
            f"{len(answer['ids'])} × {answer['shape']['hidden']:,} numbers; last row {answer['embedded']:.1f} long",
            "1.1.2",
        ),
    ]


def _inside(layer: Answer, number: int, shape: Answer) -> list[Row]:
    looks = ", ".join(f"{_piece(look['piece'])} {100 * look['share']:.0f} %" for look in layer["looks"])
    return [
        ("attention", f"layer {number}: looks at {looks}", "2.1.3"),
        ("MLP", f"layer {number}: {layer['open']:.0f} % of {shape['wide']:,} gates open", "2.2.1"),
        (
            "stream",
            f"{layer['stream']:.1f} long; attention added {layer['attention']:.1f}, MLP {layer['mlp']:.1f}",
            "1.3.2",
        ),
        ("lens", f"would say {_piece(layer['guess']['piece'])} with {100 * layer['guess']['p']:.1f} %", "1.3.2"),
    ]


def _after(answer: Answer) -> list[Row]:
    best = answer["top"][0]
    others = ", ".join(_piece(one["piece"]) for one in answer["top"][1:])
    return [
        ("LM head", f"{answer['shape']['vocab']:,} scores, the highest {best['logit']:.2f}", "1.3.1"),
        ("softmax", f"{_piece(best['piece'])} {100 * best['p']:.1f} %, then {others}", "2.1.2"),
        ("sample", f"seed {answer['seed']} draws {_piece(answer['drawn'])}", "1.3.2"),
        ("decode", f'"{answer["after"]}"', "2.1.1"),
    ]


def _row(name: str, says: str, topic: str, width: int) -> Content:
    room = width - NAME - TOPIC
    text = clean_text(says).replace("\n", "⏎").replace("\t", "⇥")
    shown = text if cell_len(text) < room else padded(text, room - 2).rstrip() + "…"
    return Content.assemble((f"{name:<{NAME}}", "bold"), (padded(shown, room), "$foreground"), (topic, "$operation"))


def _piece(text: str) -> str:
    return visible(clean_text(text))
