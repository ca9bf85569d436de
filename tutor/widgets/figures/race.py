"""The same product in several ways, side by side on a scale of powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import bar, padded

SIZES = {"dot": (10, 100, 1_000, 10_000, 100_000, 1_000_000), "matmul": (8, 16, 32, 64, 128, 256, 512, 1024)}
FASTEST_EVER, SLOWEST = 1e-7, 10.0
"""Seconds at the two ends of the scale."""
NAME = 21
WIDE = 70
"""Cells from which there is a column for how many times as fast as the loop each is."""


class Race(Figure):
    """A bar per contender: shorter is faster, and one tenth of the time is the same step everywhere."""

    ASK = ("desk", "race.run")
    START = "Start the race"
    BUSY = "Racing …"

    def __init__(self, op: str = "dot", size: int = 10_000) -> None:
        """Args: op: `dot` or `matmul`; size: numbers of a vector, or of a row."""
        self._op = op
        self._size = size

    def controls(self) -> Sequence[Control]:
        """How large, and of what kind of number."""
        return (
            Number("size", "size n", SIZES[self._op], self._size, names={n: f"{n:,}" for n in SIZES[self._op]}),
            Pick("dtype", "numbers", ("float32", "bfloat16", "int8"), "float32"),
        )

    def params(self, values: Values) -> Values:
        """The product is the page's choice."""
        return {"op": self._op} | super().params(values)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What is computed, the bars, and what they mean."""
        rows = answer["rows"]
        loop = rows[0]["seconds"] if rows else None
        lines = [_task(answer), Content(), _header(view.width)]
        lines += [_row(row, answer, loop, view.width) for row in rows]
        if answer["absent"]:
            lines += [Content(), Content.styled(f"No GPU takes part: {answer['absent']}.", "$muted")]
        lines += [Content(), _how(rows)]
        return Content("\n").join(line for text in lines for line in text.wrap(view.width))


def _task(answer: Answer) -> Content:
    n = f"{answer['size']:,}"
    what = f"dot product of two vectors of {n}" if answer["op"] == "dot" else f"{n} × {n} matrix times another"
    return Content.assemble(
        (what, "bold"), f", {answer['dtype']}",
        ("\noperations ", "$muted"), f"{answer['flops']:,}",
        ("   bytes ", "$muted"), human_bytes(answer["bytes"]),
        ("   per byte ", "$muted"), (f"{answer['intensity']:.3g}", "bold $operation"),
    )  # fmt: skip


def _room(width: int) -> int:
    """Cells of a bar beside its name and its numbers."""
    return max(6, min(40, width - NAME - (34 if width >= WIDE else 25)))


def _header(width: int) -> Content:
    head = " " * (NAME + _room(width)) + f"{'time':>9}{'±':>7}{'Gop/s':>9}"
    return Content.styled(head + (f"{'faster':>9}" if width >= WIDE else ""), "$muted")


def _row(row: Answer, answer: Answer, loop: float | None, width: int) -> Content:
    room, seconds = _room(width), row["seconds"]
    if seconds is None:
        stopped = f"stopped after {answer['limit']:g} s, {100 * row['done']:.0f} % done"
        return Content.assemble((padded(row["name"], NAME), "$foreground"), (stopped, "$problem"))
    best = row["name"] == answer["fastest"] and len(answer["rows"]) > 1
    spread = f"{50 * (row['high'] - row['low']) / seconds:.0f} %"
    faster = _times(loop / seconds) if loop and row is not answer["rows"][0] else ""
    return Content.assemble(
        (padded(row["name"], NAME), "bold" if best else "$foreground"),
        (padded(bar(_length(seconds), 1, room), room), "$trainable" if best else "$activation"),
        (f"{span(seconds):>9}", "bold $trainable" if best else "bold"),
        (f"{spread:>7}{row['gflops']:>9.3g}", "$muted"),
        (f"{faster:>9}" if width >= WIDE else "", "$muted"),
    )


def _times(factor: float) -> str:
    return f"×{factor:,.0f}" if factor >= 10 else f"×{factor:.2g}"


def _length(seconds: float) -> float:
    """Where a time lies between the ends of the scale, from 0 to 1."""
    share = math.log10(seconds / FASTEST_EVER) / math.log10(SLOWEST / FASTEST_EVER)
    return max(0.02, min(1.0, share))


def _how(rows: Sequence[Answer]) -> Content:
    repeats = [row["repeats"] for row in rows if row["seconds"]] or [0]
    says = f"Medians of {min(repeats)} to {max(repeats)} repeats after a warm-up; half of them lay within ±."
    return Content.styled(f"Bars grow with the logarithm of the time. {says}", "$muted")


def span(seconds: float) -> str:
    """A time in three digits: `12.3 µs`, `4.56 ms`."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
