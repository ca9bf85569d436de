"""The prompt cut into tokens: each piece of text above its number in the vocabulary."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.glyphs import centred, visible
from tutor.widgets.lesson.trace import Trace

Box = tuple[str, str]


class TokenStrip(TracePicture):
    """Pieces and ids, wrapped to the width. Whitespace is made visible."""

    def picture(self, trace: Trace, view: View) -> Content:
        """Two lines for each row of tokens."""
        boxes = [
            (visible(clean_text(piece)), str(token))
            for piece, token in zip(trace.report["pieces"], trace.report["ids"], strict=True)
        ]
        lines = [line for row in rows_of(boxes, view.width) for line in (_line(row, 0), _line(row, 1), Content())]
        return Content("\n").join(lines)


def rows_of(boxes: list[Box], width: int) -> list[list[Box]]:
    """The boxes in rows that fit; a box wider than a row has a row of its own."""
    rows: list[list[Box]] = [[]]
    used = 0
    for box in boxes:
        needs = _width(box) + 1
        if rows[-1] and used + needs > width:
            rows.append([])
            used = 0
        rows[-1].append(box)
        used += needs
    return rows


def _width(box: Box) -> int:
    return max(cell_len(box[0]), len(box[1])) + 2


def _line(row: list[Box], part: int) -> Content:
    style = "bold $activation on $panel" if part == 0 else "$muted on $panel"
    spans: list[tuple[str, str]] = []
    for box in row:
        spans += [(centred(box[part], _width(box)), style), (" ", "")]
    return Content.assemble(*spans)
