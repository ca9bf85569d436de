"""What a stage of the corpus funnel dropped: row by row, each with its reasons and its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words
from tutor.widgets.figures.corpus_funnel import SOURCES, reading

STAGES = ("gates", "checks", "licence", "duplicates", "near-duplicates", "balance")
MOST = 60
LINES = {False: 7, True: 16}
"""Of code and of documentation, on small and on tall screens."""


class RejectedRows(Figure):
    """One dropped row at a time."""

    ASK = ("desk", "corpus_funnel.rejected")
    BUSY = "Reading the sources …"

    def __init__(self, sources: str = SOURCES, stage: str = "gates") -> None:
        """Args: sources: what is read at first; stage: whose rows are shown at first."""
        self._sources = sources
        self._stage = stage

    def controls(self) -> Sequence[Control]:
        """The stage, the row, the sources."""
        return (
            Pick("stage", "dropped by", STAGES, self._stage),
            Number("row", "row", range(MOST), 0, {n: str(n + 1) for n in range(MOST)}, asks=False),
            Words("sources", "sources, separated by commas", self._sources),
        )

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """As many rows as there are."""
        return {} if "reading" in answer else {"row": range(max(1, len(answer["rows"])))}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Which row, why, and what it says."""
        if "reading" in answer:
            return reading(answer, view.width)
        rows = answer["rows"]
        if not rows:
            return Content.styled(f"The stage {answer['stage']} drops nothing of these sources.", "$muted")
        number = min(int(values["row"]), len(rows) - 1)
        row = rows[number]
        shown = "" if len(rows) == answer["count"] else f", of {answer['count']:,}"
        lines = [
            Content.assemble((f"{number + 1} of {len(rows)}{shown}  ", "$muted"), (clean_text(row["symbol"]), "bold")),
            Content.styled(clean_text(row["where"]), "$muted"),
            *(_reason(reason, what) for reason, what in row["reasons"]),
            Content(),
            *_text(row["input"], LINES[view.tall] - 2, "$frozen"),
            *_text(row["output"], LINES[view.tall], "$foreground"),
        ]
        return Content("\n").join([line.truncate(view.width, ellipsis=True) for line in lines])


def _reason(reason: str, what: str) -> Content:
    return Content.assemble(("✗ ", "$problem"), (reason, "bold $problem"), "  ", clean_text(" ".join(what.split())))


def _text(text: str, most: int, style: str) -> list[Content]:
    # Control characters are a reason to be dropped, so that they must not reach the terminal.
    lines = clean_text(text).expandtabs(4).split("\n")
    shown = [Content.styled(line, style) for line in lines[:most]]
    return shown if len(lines) <= most else [*shown, Content.styled(f"… {len(lines) - most} more lines", "$muted")]
