"""One text under several tokenizers: where each cuts, what it does not know, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tutor.engine.texts import SAMPLES
from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words
from tutor.widgets.glyphs import padded, visible

OWN = "what you typed"
READERS = ("words", "letters", "BPE of bytes", "the model's")
CORPORA = ("four lines", "this course")
MERGES = (0, 1, 2, 3, 5, 10, 50, 200, 500, 1000)

Reader = Mapping[str, Any]
Span = tuple[str, str]


class Tokenizers(Figure):
    """A block per tokenizer: its pieces, counts, and whether the text survives."""

    ASK = ("trace", "tokenizers.compare")
    BUSY = "Training three tokenizers …"

    def __init__(self, text: str = "the rat sat", show: Sequence[str] = READERS, learn: bool = True) -> None:
        """Args: text: what is cut at first; show: which tokenizers; learn: offer what they are trained on."""
        self._text = text
        self._show = list(show)
        self._learn = learn

    def controls(self) -> Sequence[Control]:
        """The text, typed or ready-made; what the small tokenizers learn from."""
        given = (Words("text", "a text, then Enter", self._text), Pick("sample", "cut", (OWN, *SAMPLES), OWN))
        if not self._learn:
            return given
        return (*given, Pick("corpus", "learned from", CORPORA, CORPORA[0]), Number("merges", "merges", MERGES, 10))

    def params(self, values: Values) -> Values:
        """The text that is wanted."""
        given = {"text": SAMPLES.get(values["sample"], values["text"])}
        return given | {name: values[name] for name in ("corpus", "merges") if name in values}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The blocks, and the names of those that the text broke."""
        shown = [reader for reader in answer["readers"] if reader["name"] in self._show]
        rows = 4 if view.tall else 2
        blocks = [line for reader in shown for line in (*_block(reader, view, rows), Content())]
        broken = [reader["name"] for reader in shown if not reader["same"]]
        whole = "Every one of them gives the text back." if len(shown) > 1 else "The text comes back unharmed."
        verdict = f"Broken by this text: {', '.join(broken)}." if broken else whole
        return Content("\n").join([*blocks, Content.styled(verdict, "$problem" if broken else "$trainable")])


def _block(reader: Reader, view: View, rows: int) -> list[Content]:
    unknown = len(reader["unknown"])
    tokens = f"{reader['tokens']} token{'s' if reader['tokens'] != 1 else ''}"
    head = Content.assemble(
        (f"{reader['name']:<14}", "bold"), (f"{tokens:<12}", "$activation"),
        (f"{reader['per_token']:.1f} bytes each  ", "$muted"),
        (f"{unknown} unknown" if unknown else "", "$problem"),
    )  # fmt: skip
    if view.width >= 70:
        head += Content.styled(f"  of {reader['size']:,} in the list", "$faint")
    lines = [head, *_pieces(reader, view, rows)]
    if not reader["same"]:
        back = visible(clean_text(reader["back"]))
        lines.append(
            Content.assemble(("comes back as ", "$muted"), (back, "$problem")).truncate(view.width, ellipsis=True)
        )
    return lines


def _pieces(reader: Reader, view: View, rows: int) -> list[Content]:
    """The pieces on at most `rows` lines; neighbours differ in their ground, or, without colours, by a bar between."""
    unknown, lines = set(reader["unknown"]), [[]]  # type: tuple[set[int], list[list[Span]]]
    used = 0
    for place, piece in enumerate(reader["pieces"]):
        text = visible(clean_text(piece)) + ("" if view.colours else "|")
        if used + cell_len(text) > view.width and lines[-1]:
            if len(lines) == rows:
                left = len(reader["pieces"]) - place
                return [*(Content.assemble(*line) for line in lines), Content.styled(f"… {left} more", "$faint")]
            lines.append([])
            used = 0
        shown = text if cell_len(text) <= view.width else padded(text, view.width)
        lines[-1].append((shown, _style(place, place in unknown, view.colours)))
        used += cell_len(shown)
    return [Content.assemble(*line) for line in lines]


def _style(place: int, unknown: bool, colours: bool) -> str:
    meaning = "bold $problem" if unknown else "$foreground"
    return f"{meaning} on {'$panel' if place % 2 else '$edge'}" if colours else meaning
