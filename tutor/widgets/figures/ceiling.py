"""How fast each tier can write at most, because every token has to read every weight."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View

MEMORIES = ("this machine", "T4", "RTX 4090", "A100 80 GB", "H100 SXM")


class Ceiling(Figure):
    """A bar per tier: bandwidth divided by bytes."""

    ASK = ("desk", "ceiling.tiers")
    BUSY = "Reading memory …"

    def __init__(self, memory: str = "this machine", dtype: str = "bfloat16") -> None:
        """Args: memory: whose bandwidth; dtype: of the weights."""
        self._memory = memory
        self._dtype = dtype

    def controls(self) -> Sequence[Control]:
        """Whose memory, how wide the weights, how long the text."""
        lengths: dict[float, str] = {0: "0", 2048: "2,048", 8192: "8,192", 32768: "32,768"}
        return (
            Pick("memory", "memory of", MEMORIES, self._memory),
            Pick("dtype", "weights", ("float32", "bfloat16"), self._dtype),
            Number("tokens", "tokens before", tuple(lengths), 0, names=lengths),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The bandwidth, then the tiers."""
        bars = [
            Bar(f"{row['tier']:<7}{human_bytes(row['bytes']):>8}", row["ceiling"], f"{row['ceiling']:,.1f} tokens/s")
            for row in answer["rows"]
        ]
        how = "measured just now" if answer["measured"] else "quoted from a data sheet"
        return Content.assemble(
            ("memory gives ", "$muted"), (f"{answer['gigabytes']:,.1f} GB/s", "bold $operation"),
            (f", {how}\n\n", "$muted"),
            (f"{'':<7}{'reads':>8}   at most\n", "$muted"),
            bars_content(bars, max(bar.value for bar in bars), min(view.width, 72)),
        )  # fmt: skip
