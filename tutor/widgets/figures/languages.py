"""What the same sentence costs in several languages."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Figure, Values, View


class Languages(Figure):
    """A bar per language: tokens of one sentence of the Universal Declaration of Human Rights."""

    ASK = ("trace", "tokenizers.languages")

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Tokens, as often as in English, and bytes a token."""
        bars = [
            Bar(
                row["name"],
                row["tokens"],
                f"{row['tokens']:>3} tokens  ×{row['times']:.1f}  {row['per_token']:.1f} B each",
            )
            for row in sorted(answer["languages"], key=lambda row: row["tokens"])
        ]
        return bars_content(bars, max(bar.value for bar in bars), min(view.width, 96))
