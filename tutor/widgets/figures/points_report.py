"""The 100-point report of a corpus, and what became of each of its 48 attempts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words
from tutor.widgets.glyphs import bar

MARKS = {"held": ("✓", "$trainable"), "refuted": ("✗", "bold $problem"), "not-run": ("·", "$muted")}
WORDS = {"held": "held: the attempt failed", "refuted": "refuted", "not-run": "not run, earns nothing"}
ROOM = 30
"""Cells of a section's bar at most."""


class PointsReport(Figure):
    """A bar a section, a mark a criterion, and one criterion in words."""

    ASK = ("desk", "points.report")
    BUSY = "Building a corpus …"

    def __init__(self, spoilt: int = 0, number: int = 1) -> None:
        """Args: spoilt: the criterion that the corpus is spoilt for at first; number: the one that is opened."""
        self._spoilt = spoilt
        self._number = number

    def controls(self) -> Sequence[Control]:
        """The criterion to read, the corruption, the sources."""
        return (
            Number("number", "open criterion", range(1, 49), self._number, asks=False),
            Number("spoilt", "spoil it for", range(48), self._spoilt, {0: "none"}),
            Words("sources", "sources, separated by commas", "sample:tally"),
        )

    def params(self, values: Values) -> Values:
        """Numbers of criteria are whole."""
        return super().params(values) | {"spoilt": int(values["spoilt"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Verdict, sections, one criterion."""
        done = len(answer["rows"])
        word = answer["word"] if done == 48 else f"{done} of 48 tried"
        style = "$problem" if word in ("FAIL", "INVALID") else "$trainable" if word == "PASS" else "$operation"
        head = Content.assemble(
            (f"{answer['earned']} of {answer['possible']} points  ", "bold"), (word, f"bold {style}"),
            (f"   {answer['tried']} tried", "$muted"),
        )  # fmt: skip
        lines = [head, *(_section(section, answer, view.width) for section in answer["sections"]), Content()]
        lines += _criterion(answer["rows"], int(values["number"]), view.width)
        return Content("\n").join([line.truncate(view.width, ellipsis=True) for line in lines])


def _section(section: Answer, answer: Answer, width: int) -> Content:
    rows = [row for row in answer["rows"] if row["section"] == section["name"]]
    room = max(6, min(ROOM, width - 36))
    earned = bar(section["earned"], section["possible"], room)
    return Content.assemble(
        (f"{section['name']:<16}", "$foreground"),
        (earned.ljust(room), "$trainable"),
        (f"{section['earned']:>4}/{section['possible']:<4}", "$muted"),
        *(MARKS[row["status"]] for row in rows),
    )


def _criterion(rows: Sequence[Answer], number: int, width: int) -> list[Content]:
    row = next((row for row in rows if row["number"] == number), None)
    if row is None:
        return [Content.styled(f"Criterion {number} was not tried yet.", "$muted")]
    style = MARKS[row["status"]][1]
    veto = " It can veto." if row["veto"] else ""
    return [
        Content.assemble((f"{number}  {row['title']}", "bold"), (f"  {row['points']} points.{veto}", "$muted")),
        *Content.styled(f"It tries to {row['attempt']}.", "$muted").wrap(width),
        Content.assemble((WORDS[row["status"]], style), (f"  {clean_text(row['value'])}", "$muted")),
        *(Content.styled(f"  {clean_text(' '.join(found.split()))}", "$problem") for found in row["evidence"]),
    ]
