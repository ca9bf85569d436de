"""A weight on the number lines of six formats: their values, and which of them is nearest."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.glyphs import plain_ascii

LESSON_WEIGHT = 0.2385
"""The weight that the course this one follows rounds."""
WEIGHTS = tuple(sorted({LESSON_WEIGHT, *(step / 50 for step in range(-50, 51))}))
MAXIMA = (LESSON_WEIGHT, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
REACH = {1.0: "whole line", 0.3: "3 times nearer", 0.1: "10 times", 0.01: "100 times", 0.001: "1000 times"}
NAME, AFTER = 6, 25
"""Cells before and after a line."""


class NumberLine(Figure):
    """A line for each format, under the weight's own place."""

    ASK = ("desk", "number_line.look")

    def __init__(self, weight: float = LESSON_WEIGHT, most: float = 1.0) -> None:
        """Args: weight: to begin with; most: the largest absolute value of its block."""
        self._weight = weight
        self._most = most

    def controls(self) -> Sequence[Control]:
        """The weight, its block's maximum, and how near to look."""
        return (
            Number("weight", "weight", WEIGHTS, self._weight),
            Number("most", "block maximum", MAXIMA, self._most),
            Number("reach", "look", tuple(REACH), 1.0, names=REACH),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The lines, and what became of the weight on each."""
        room = view.width - NAME - AFTER
        most = f"{answer['most']:g}"
        if answer["most"] > values["most"]:
            most += ", the weight itself: a block's maximum is never smaller"
        weight = Content.assemble((f"{answer['weight']:g}", "bold $activation"), f" in a block whose maximum is {most}")
        head = " " * NAME + " " * room + f"{'nearest':>14}{'error':>11}"
        mark = " " * (NAME + _place(answer, answer["weight"], room)) + ("v" if plain_ascii() else "▼")
        lines = [Content.styled(head, "$muted"), Content.styled(mark, "bold $activation")]
        lines += [_line(answer, row, room) for row in answer["formats"]]
        return Content("\n").join([*weight.wrap(view.width), *lines, _ends(answer, room), *_key(view.width)])


def _place(answer: Answer, value: float, room: int) -> int:
    share = float((value - answer["low"]) / (answer["high"] - answer["low"]))
    return max(0, min(room - 1, round(share * (room - 1))))


def _line(answer: Answer, row: Answer, room: int) -> Content:
    """A mark at each value; a full line where there are more of them than cells."""
    empty, one, many, near = ("-", "|", "#", "O") if plain_ascii() else ("─", "┼", "█", "◆")
    cells = [(empty, "$faint")] * room
    if row["shown"] > len(row["values"]):
        cells = [(many, "$frozen")] * room
    counts: dict[int, int] = {}
    for value in row["values"]:
        place = _place(answer, value, room)
        counts[place] = counts.get(place, 0) + 1
    for place, count in counts.items():
        cells[place] = (one if count == 1 else many, "$frozen")
    cells[_place(answer, row["nearest"], room)] = (near, "bold $trainable")
    error = row["error"]
    exact = abs(error) < 1e-12
    off = ("exact" if exact else f"{error:+.1e}").rjust(11)
    after = Content.assemble(f"{row['nearest']:>14.8g}", (off, "bold" if exact else "$muted"))
    return Content.assemble((row["name"].ljust(NAME), "$foreground"), *cells) + after


def _ends(answer: Answer, room: int) -> Content:
    """The numbers under both ends and the middle."""
    low, high = answer["low"], answer["high"]
    left, middle, right = (f"{value:.4g}" for value in (low, (low + high) / 2, high))
    line = left.ljust(room)
    start = (room - len(middle)) // 2
    line = line[:start] + middle + line[start + len(middle) : room - len(right)] + right
    return Content.styled(" " * NAME + line, "$faint")


def _key(width: int) -> list[Content]:
    one, many, near = ("|", "#", "O") if plain_ascii() else ("┼", "█", "◆")
    says = Content.assemble(
        (one, "$frozen"), (" a value   ", "$muted"), (many, "$frozen"), (" more than fit   ", "$muted"),
        (near, "bold $trainable"), (" the nearest one. All but fp16 and bf16 stretch with the block.", "$muted"),
    )  # fmt: skip
    return list(says.wrap(width))
