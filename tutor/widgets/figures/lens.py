"""The logit lens: what the model would say if it stopped after a layer."""

from __future__ import annotations

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.figures.stream import layer_name, shown_layers
from tutor.widgets.glyphs import bar, padded, visible
from tutor.widgets.lesson.trace import Trace

BAR = 10


class LensTable(TracePicture):
    """A row per layer: its three likeliest next pieces, and a bar for the first one's probability."""

    def __init__(self, every: int = 2) -> None:
        """Args: every: show each n-th layer only, and the last."""
        self._every = every

    def picture(self, trace: Trace, view: View) -> Content:
        """Layers from first to last."""
        rows = trace.report["lens"]
        final = rows[-1][0]["id"]
        lines = [_row(layer, rows[layer], final) for layer in shown_layers(len(rows), self._every)]
        return Content("\n").join([Content.styled(" layer  likeliest", "$muted"), *lines])


def _row(layer: int, row: list[dict[str, object]], final: object) -> Content:
    names = [padded(visible(clean_text(str(candidate["piece"]))), 14) for candidate in row]
    likeliest = float(str(row[0]["p"]))
    return Content.assemble(
        (layer_name(layer) + "  ", "$muted"),
        (names[0] + " ", "bold $activation" if row[0]["id"] == final else "$foreground"),
        (bar(likeliest, 1, BAR).ljust(BAR), "$activation"),
        (f"{100 * likeliest:5.1f} %  ", "$muted"),
        ("  ".join(names[1:]).rstrip(), "$faint"),
    )
