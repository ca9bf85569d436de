"""A card's header to be written, and what a validator has against it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.beside import beside
from tutor.widgets.figures.base import Answer, Control, Figure, Values, View, Words
from tutor.widgets.figures.corpus_funnel import reading

FIELD = 17
HEADER = 42
BESIDE = 110
"""Cells from which header and verdicts stand next to each other."""


class CardEditor(Figure):
    """Preview and verdicts, renewed with every field."""

    ASK = ("desk", "card_check.check")
    BUSY = "Building a corpus …"

    def __init__(
        self,
        licence: str = "Apache 2",
        task: str = "documentation",
        language: str = "english",
        size: str = "1K<n<10K",
        rows: str = "1,000",
        name: str = "Code and its documentation",
    ) -> None:
        """Args: what stands in the fields at first."""
        self._start = {
            "licence": licence, "task": task, "language": language, "size": size, "rows": rows, "name": name
        }  # fmt: skip

    def controls(self) -> Sequence[Control]:
        """A field for each entry."""
        return [Words(name, name, value) for name, value in self._start.items()]

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The header as it will stand in the file, and a line for each claim."""
        if "reading" in answer:
            return reading(answer, view.width)
        wide = view.width >= BESIDE
        room = view.width - HEADER - 3 if wide else view.width
        lines = Content.styled(clean_text(answer["yaml"]), "$frozen").split("\n")
        header = Content("\n").join([line.truncate(HEADER if wide else room, ellipsis=True) for line in lines])
        verdicts = [line for verdict in answer["verdicts"] for line in _verdict(verdict, room)]
        count = len(answer["verdicts"])
        style = "bold $trainable" if answer["right"] == count else "bold $operation"
        judged = Content("\n").join([*verdicts, Content.styled(f"{answer['right']} of {count} hold", style)])
        return beside(header, judged) if wide else Content("\n").join([judged, Content(), header])


def _verdict(verdict: Answer, width: int) -> list[Content]:
    mark, style = ("✓ ", "$trainable") if verdict["holds"] else ("✗ ", "$problem")
    says = Content(clean_text(verdict["says"])).wrap(max(20, width - FIELD - 2))
    return [
        Content.assemble(
            (mark if not place else "  ", style), (f"{'' if place else verdict['field']:<{FIELD}}", "$foreground"), line
        )
        for place, line in enumerate(says)
    ]
