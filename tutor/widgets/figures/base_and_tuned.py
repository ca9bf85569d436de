"""Base and tuned model on one text: how the probability of each token changed, and of what else could have come."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL_QUESTION
from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Values, View, Words
from tutor.widgets.figures.learning import learning_lines
from tutor.widgets.glyphs import padded, signed_bar, visible

TEXT = f"{OWL_QUESTION} Hubert."
PIECE = 16
HALF = 10
ROWS = ("base", "tuned", "difference")


class BaseAndTuned(Figure):
    """The candidates after the token under the cursor; below, the text with both probabilities of each token."""

    ASK = ("trace", "base_and_tuned.compare")
    BUSY = "Training an adapter on your lines …"
    FOLLOWS_CELL = True

    def __init__(self, text: str = TEXT) -> None:
        """Args: text: what both are shown."""
        self._text = text

    def controls(self) -> Sequence[Control]:
        """The text."""
        return (Words("text", "A text for both models", self._text),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What both expect at one place of the text."""
        lines = learning_lines(answer, view.width)
        if not answer["places"]:
            return Content("\n").join(lines)
        column = min(values.get("cell", (0, 0))[1], len(answer["places"]) - 1)
        place = answer["places"][column]
        before = visible(clean_text("".join(answer["pieces"][: column + 1])[-40:])).replace("·", " ")
        told = Content.assemble(("after ", "$muted"), (before, "bold"), (f"   KL {place['kl']:.3g} nats", "$muted"))
        head = f"{'next piece':<{PIECE}}{'base':>9}{'tuned':>9}{'difference':>12}"
        lines += [Content(), *told.wrap(view.width), Content.styled(head, "$muted")]
        lines += [_candidate(one, view.width) for one in place["candidates"][: 10 if view.tall else 5]]
        return Content("\n").join(lines)

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """Probabilities of the tokens that follow; the last column has nothing to follow it."""
        places = answer["places"]
        if not places:
            return None
        table = [[_value(name, place["follows"]) for place in places] for name in ROWS]
        names = [*(visible(clean_text(place["follows"]["piece"])) for place in places[:-1]), "?"]
        return Cells(
            ROWS, names, table, lambda row, column: _explained(ROWS[row], places[column]),
            title="probability of each token, given those before it",
        )  # fmt: skip


def _value(name: str, follows: Answer | None) -> float | None:
    if follows is None:
        return None
    return follows["tuned"] - follows["base"] if name == "difference" else float(follows[name])


def _candidate(one: Answer, width: int) -> Content:
    change = one["tuned"] - one["base"]
    meaning = "$trainable" if change > 0 else "$problem"
    told = Content.assemble(
        (padded(visible(clean_text(one["piece"])), PIECE), "bold"),
        (f"{100 * one['base']:>7.2f} %", "$frozen"), (f"{100 * one['tuned']:>7.2f} %", "$trainable"),
        (f"{100 * change:>+10.2f} %", meaning),
    )  # fmt: skip
    if width < PIECE + 32 + 2 * HALF:
        return told
    return told + Content.assemble("  ", (signed_bar(change, 1, HALF), meaning))


def _explained(row: str, place: Answer) -> Content:
    follows = place["follows"]
    if follows is None:
        return Content.styled("What comes next is not in the text: the rows above show what both expect.", "$muted")
    piece, change = visible(clean_text(follows["piece"])), follows["tuned"] - follows["base"]
    return Content.assemble(
        (piece, "bold"), ("  base ", "$muted"), (f"{follows['base']:.4g}", "$frozen"), ("  tuned ", "$muted"),
        (f"{follows['tuned']:.4g}", "$trainable"), (f"  difference {change:+.4g}", "$muted"),
    )  # fmt: skip
