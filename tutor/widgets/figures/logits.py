"""The highest scores that the LM head gave, or what softmax makes of them."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.trace import Trace


class LogitBars(TracePicture):
    """Scores of the likeliest tokens."""

    def __init__(self, count: int = 10, softmax: bool = False) -> None:
        """Args: count: how many tokens; softmax: show probabilities."""
        self._count = count
        self._softmax = softmax

    def picture(self, trace: Trace, view: View) -> Content:
        """Bars by logit or probability, and what the others have."""
        best = trace.report["top"][: self._count]
        bars = [self._bar(item) for item in best]
        rest = trace.about["vocab"] - len(best)
        says = f"and a score for each of the {rest:,} other tokens"
        if self._softmax:
            left = 100 * (1 - sum(item["p"] for item in best))
            says = f"and {left:.1f} % for the {rest:,} other tokens together"
        most = 1.0 if self._softmax else max(bar.value for bar in bars)
        return Content.assemble(bars_content(bars, most, min(view.width, 72)), (f"\n{says}", "$muted"))

    def _bar(self, item: dict[str, Any]) -> Bar:
        name = visible(clean_text(item["piece"]))
        if self._softmax:
            return Bar(name, item["p"], f"{100 * item['p']:.1f} %")
        return Bar(name, max(0.0, item["logit"]), f"{item['logit']:.2f}")
