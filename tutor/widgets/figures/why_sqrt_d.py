"""Why scores are divided by √d: random queries and keys in ever more dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.plot import Bounds


class WhySqrtD(Figure):
    """The entropy of softmax against the size of a head, with and without the division."""

    ASK = ("desk", "softmax.why_scale")

    def controls(self) -> Sequence[Control]:
        """How many keys, and which random numbers."""
        return (Number("keys", "keys", (4, 16, 64, 256), 16), Number("seed", "seed", range(10), 0))

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Both curves, and a table of what q·k is like."""
        rows = answer["rows"]
        series = [
            Series("divided by √d", [(row["d"], row["scaled"]["entropy"]) for row in rows], "$trainable"),
            Series("as they come", [(row["d"], row["plain"]["entropy"]) for row in rows], "$problem"),
        ]
        bounds = Bounds(4, 512, 0, answer["most"])
        axes = Axes("d, numbers in a query", "entropy, nats", log_x=True, bounds=bounds)
        chart = chart_content(series, view.width, 11 if view.tall else 7, axes, colours=view.colours)
        says = (
            f"{answer['samples']} queries, each with {answer['keys']} keys; even shares have {answer['most']:.2f} nats"
        )
        return Content("\n").join([chart, Content(), *_table(rows), *Content.styled(says, "$muted").wrap(view.width)])


def _table(rows: Sequence[Answer]) -> list[Content]:
    heading = f"{'d':>5}{'√d':>7}{'spread of q·k':>15}{'largest share':>15}{'after 1/√d':>13}"
    lines = [Content.styled(heading, "$muted")]
    for row in rows[::2] if len(rows) < 8 else [rows[0], rows[2], rows[4], rows[7]]:
        lines.append(
            Content.assemble(
                (f"{row['d']:>5}{math.sqrt(row['d']):>7.2f}{row['spread']:>15.2f}", "$foreground"),
                (f"{100 * row['plain']['largest']:>13.0f} %", "$problem"),
                (f"{100 * row['scaled']['largest']:>11.0f} %", "$trainable"),
            )
        )
    return lines
