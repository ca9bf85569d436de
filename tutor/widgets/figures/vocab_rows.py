"""What the rows of the embedding stand for, and which stand for nothing."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Figure, Values, View

KINDS = {
    "after_space": "with a space before",
    "inside": "inside a word",
    "bytes": "single bytes",
    "control": "control tokens",
    "spare": "no token at all",
}
SHOWN = 8


class VocabRows(Figure):
    """A bar per kind of row; below, the bytes that no row stands for."""

    ASK = ("trace", "tokenizers.rows")

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The rows of the loaded model."""
        bars = [
            Bar(words, answer[kind], f"{answer[kind]:,}", "$problem" if kind == "spare" else "$frozen")
            for kind, words in KINDS.items()
        ]
        sums = Content.assemble(
            f"{answer['rows']:,}", (" rows, ", "$muted"), f"{answer['tokens']:,}", (" tokens, ", "$muted"),
            f"{answer['spare']:,}", (" rows to spare", "$muted"),
        )  # fmt: skip
        lines = [bars_content(bars, answer["rows"], min(view.width, 72)), Content(), sums]
        if missing := answer["missing"]:
            some = " ".join(f"{byte:02x}" for byte in missing[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
            lines.append(Content.assemble((f"{len(missing)} of 256 bytes have no token: ", "$problem"), some))
        return Content("\n").join(lines)
