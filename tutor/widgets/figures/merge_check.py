"""An adapter beside the weights, merged, taken off again and rounded: what becomes of the logits."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL_QUESTION
from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Values, View, Words
from tutor.widgets.figures.learning import learning_lines
from tutor.widgets.glyphs import padded, visible

NAME = 18
PIECE = 14


class MergeCheck(Figure):
    """A row for each way to compute with the same adapter."""

    ASK = ("trace", "merge_check.compare")
    BUSY = "Training an adapter on your lines …"

    def __init__(self, question: str = OWL_QUESTION) -> None:
        """Args: question: the text whose logits are compared."""
        self._question = question

    def controls(self) -> Sequence[Control]:
        """On which text."""
        return (Words("question", "Beginning of a text", self._question),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The table, as far as it is known."""
        lines = learning_lines(answer, view.width)
        if answer["rows"]:
            lines += [
                Content(),
                Content.styled(f"{'':<{NAME}}{'largest difference of':^33}", "$muted"),
                Content.styled(f"{'':<{NAME}}{'logits to':>10}{'logits to':>11}{'weights':>11}", "$muted"),
                Content.styled(f"{'':<{NAME}}{'adapter':>10}{'base':>11}{'to base':>11}", "$muted"),
            ]
        lines += [_row(row, view.width) for row in answer["rows"]]
        return Content("\n").join(lines)


def _row(row: Answer, width: int) -> Content:
    meaning = "$frozen" if row["name"].startswith(("base", "unmerged")) else "$trainable"
    told = Content.assemble(
        (f"{row['name']:<{NAME}}", meaning), (f"{_small(row['to_adapter']):>10}", "bold"),
        f"{_small(row['to_base']):>11}{_small(row['weights']):>11}",
    )  # fmt: skip
    piece = padded(visible(clean_text(row["piece"])), PIECE)
    says = Content.assemble("   ", (piece, "bold"), (f"{100 * row['p']:.2f} %", "$muted"))
    return told + says if told.cell_length + says.cell_length <= width else told


def _small(value: float) -> str:
    return f"{value:.2g}" if value else "0"
