"""The loaded model in six formats: what each takes, how wrong its weights are, and what that does to a text."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Values, View, Words
from tutor.widgets.figures.rounded_layer import origin_lines


class FormatLosses(Figure):
    """A row for each format, as they are measured."""

    ASK = ("trace", "format_losses.measure")
    START = "Measure them"
    BUSY = "Rounding and reading …"

    def controls(self) -> Sequence[Control]:
        """On which text."""
        return (Words("text", "Your own text; empty: a passage", ""),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The table, as far as it is known, and how it was computed."""
        head = f"{'':<8}{'bits':>6}{'weights':>9}{'error':>8}{'perplexity':>11}{'loss more by':>13}"
        lines = [
            Content.styled(head + "   95 % interval" * (view.width >= 76), "$muted"),
            Content.assemble((f"{'as here':<8}", "$frozen"), f"{'':>23}{answer['perplexity']:>11.2f}"),
            *(_row(row, view.width >= 76) for row in answer["rows"]),
        ]
        if answer["doing"]:
            lines.append(
                Content.styled(f"{answer['doing']}: {len(answer['rows'])} of {answer['all']} done", "$operation")
            )
        lines += [Content(), Content.styled(_how(answer), "$muted"), *origin_lines(answer)]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))


def _row(row: Answer, wide: bool) -> Content:
    clear = row["low"] > 0 or row["high"] < 0
    interval = f"   {row['low']:+.4f} to {row['high']:+.4f}" if wide else ""
    return Content.assemble(
        (f"{row['name']:<8}", "$trainable"), f"{row['bits']:>6.2f}{human_bytes(row['bytes']):>9}",
        f"{row['percent']:>7.2f}%", f"{row['perplexity']:>11.2f}",
        (f"{row['more']:>+13.4f}", "bold" if clear else "$muted"), (interval, "$muted"),
    )  # fmt: skip


def _how(answer: Answer) -> str:
    return (
        f"{answer['tokens']} tokens, in nats/token; bold where the interval over them leaves out 0. int8 has a scale "
        "per row, NF4 and FP4 per 64 weights; embeddings stay in 16 bits, as with bitsandbytes. GGUF files are written "
        "by llama.cpp's quantizer, embeddings too. All are unpacked and computed like the model: only weights differ."
    )
