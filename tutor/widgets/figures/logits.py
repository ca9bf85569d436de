"""The highest scores that the LM head gave."""

from __future__ import annotations

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.trace import Trace


class LogitBars(TracePicture):
    """Raw scores of the likeliest tokens, before any softmax."""

    def __init__(self, count: int = 10) -> None:
        """Args: count: how many tokens."""
        self._count = count

    def picture(self, trace: Trace, view: View) -> Content:
        """Bars by logit."""
        best = trace.report["top"][: self._count]
        bars = [
            Bar(visible(clean_text(item["piece"])), max(0.0, item["logit"]), f"{item['logit']:.2f}") for item in best
        ]
        rest = trace.about["vocab"] - len(best)
        return Content.assemble(
            bars_content(bars, max(bar.value for bar in bars), min(view.width, 72)),
            (f"\nand a score for each of the {rest:,} other tokens", "$muted"),
        )
