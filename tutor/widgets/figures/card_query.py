"""A dataset card that lies, and the data beside it to be asked."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words, switch
from tutor.widgets.figures.corpus_funnel import reading

SOURCES = "dist:packaging, dist:platformdirs, dist:markdown-it-py"
COLUMNS = ("category", "source_repo", "license", "split", "tokens_output")
LONGEST = 30
"""Cells of a value's name."""


class CardQuery(Figure):
    """Claims above, and below them the rows counted by a column; what is a lie is told on demand."""

    ASK = ("desk", "dataset_card.claims")
    BUSY = "Building a corpus …"

    def controls(self) -> Sequence[Control]:
        """The column to count by, which card, and whether the lies are told."""
        return (
            Pick("column", "column", COLUMNS, COLUMNS[0], asks=False),
            Number("seed", "card", range(1, 10), 1),
            switch("tell", "tell the lies", False, asks=False),
            Words("sources", "sources, separated by commas", SOURCES),
        )

    def params(self, values: Values) -> Values:
        """A seed is whole."""
        return super().params(values) | {"seed": int(values["seed"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Card, then data."""
        if "reading" in answer:
            return reading(answer, view.width)
        tell = values["tell"] == "on"
        lines = [Content.styled("The card says", "$muted")]
        for claim in answer["claims"]:
            lines += _claim(claim, view.width, tell)
        counted = Content.styled(f"The data say, by {values['column']}", "$muted")
        bars = [
            Bar(clean_text(str(name))[:LONGEST], count, f"{count:,} · {100 * count / max(answer['rows'], 1):.0f} %")
            for name, count in answer["tables"][values["column"]]
        ]
        most = max((one.value for one in bars), default=0)
        return Content("\n").join([*lines, Content(), counted, bars_content(bars, most, min(view.width, 90))])


def _claim(claim: Answer, width: int, tell: bool) -> list[Content]:
    mark = ("✓ " if claim["holds"] else "✗ ") if tell else "· "
    style = ("$trainable" if claim["holds"] else "$problem") if tell else "$muted"
    lines = Content(clean_text(claim["says"])).wrap(width - 2)
    if tell and not claim["holds"]:
        lines = [*lines, *Content.styled(f"In truth: {clean_text(claim['truth'])}", "$problem").wrap(width - 2)]
    return [Content.assemble((mark if not place else "  ", style), line) for place, line in enumerate(lines)]
