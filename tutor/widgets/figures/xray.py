"""Layer by layer: which ones bear rounding, in a table that can be sorted, over a map of their matrices."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import signed_bar
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Pick, Values, View, Words
from tutor.widgets.figures.rounded_layer import origin_lines

ORDERS = ("loss", "error", "layer")
SHOWN, SHOWN_TALL = 6, 14
"""Rows of the table."""


class XRay(Figure):
    """Each layer is rounded alone."""

    ASK = ("trace", "xray.layers")
    START = "X-ray the model"
    BUSY = "Rounding one layer after the other …"

    def controls(self) -> Sequence[Control]:
        """Format, order, text."""
        return (
            Pick("name", "format", ("NF4", "Q4_K_M", "Q8_0"), "NF4"),
            Pick("order", "sorted by", ORDERS, "loss", asks=False),
            Words("text", "Your own text; empty: a passage", ""),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The first rows in the chosen order."""
        rows = _sorted(answer, values)
        most = max((abs(row["more"]) for row in rows), default=0.0)
        room = max(10, min(40, view.width - 36))
        lines = [
            Content.styled(
                f"{len(rows)} of {answer['total']} layers, each rounded to {answer['name']} alone", "$muted"
            ),
            Content.styled(f"{'layer':>5}{'error':>10}{'loss more by':>15}", "$muted"),
        ]
        lines += [_row(row, most, room) for row in rows[: SHOWN_TALL if view.tall else SHOWN]]
        note = "Below: every layer's matrices. In GGUF a matrix whose rows no block of 256 divides gets another type."
        lines += [Content.styled(note, "$muted"), *origin_lines(answer)]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """The error of every matrix, in the table's order; each tells its worst weights."""
        rows = _sorted(answer, values)
        if not rows:
            return None
        return Cells(
            [f"layer {row['layer']}" for row in rows],
            [matrix["name"].removesuffix("_proj") for matrix in rows[0]["matrices"]],
            [[matrix["percent"] for matrix in row["matrices"]] for row in rows],
            lambda row, column: _explained(rows[row]["matrices"][column]),
            scale="share", form=".1f", title="error of each matrix, in percent",
        )  # fmt: skip


def _sorted(answer: Answer, values: Values) -> list[Answer]:
    keys = {"loss": lambda row: -row["more"], "error": lambda row: -row["percent"], "layer": lambda row: row["layer"]}
    return sorted(answer["rows"], key=keys[values["order"]])


def _row(row: Answer, most: float, room: int) -> Content:
    left, right = signed_bar(row["more"], most, room)
    return Content.assemble(
        f"{row['layer']:>5}{row['percent']:>8.2f} %", (f"{row['more']:>+15.4f}", "bold"), "  ",
        (left, "$trainable"), (right, "$problem"),
    )  # fmt: skip


def _explained(matrix: Answer) -> Content:
    moved = "; ".join(
        f"[{weight['row']}, {weight['column']}] {weight['before']:.4g} → {weight['after']:.4g}"
        for weight in matrix["worst"]
    )
    says = (
        f"  error of {matrix['name']}, stored as {matrix['kind']}, {matrix['bits']:.2f} bits a weight. Moved furthest: "
    )
    return Content.assemble((f"{matrix['percent']:.2f} %", "bold $activation"), (says, "$muted"), moved)
