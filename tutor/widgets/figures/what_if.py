"""A model with another vocabulary, head or number of key/value heads: what it would weigh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.segments import Segment, key_content, segments_content

TIERS = ("nano", "tiny", "small", "medium", "large")
VOCABS: Mapping[float, str] = {
    0: "own", 256: "256", 32_000: "32k", 49_152: "49k", 65_536: "66k", 100_000: "100k", 128_000: "128k",
    151_936: "152k", 200_000: "200k", 256_000: "256k",
}  # fmt: skip
NAMES = {"embedding": "embedding", "head": "LM head", "attention": "attention", "mlp": "MLP", "norms": "norms"}
LOOKS = {"embedding": ("$scale2", "e"), "head": ("$scale1", "h"), "attention": ("$scale4", "a"),
         "mlp": ("$scale6", "m"), "norms": ("$scale8", "n")}  # fmt: skip

Model = Mapping[str, Any]


class WhatIf(Figure):
    """The published model above the changed one, to the same scale."""

    ASK = ("desk", "what_if.counts")

    def __init__(self, tier: str = "nano") -> None:
        """Args: tier: the size to begin with."""
        self._tier = tier

    def controls(self) -> Sequence[Control]:
        """Which size, and three things to change about it."""
        return (
            Pick("tier", "model", TIERS, self._tier),
            Number("vocab", "vocabulary", list(VOCABS), 0, names=VOCABS),
            Pick("head", "LM head", ("own", "tied", "untied"), "own"),
            Pick("kv", "key/value heads", ("own", "one", "each"), "own"),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Two bars, and the numbers of both."""
        own, now = answer["own"], answer["now"]
        whole = max(own["total"], now["total"])
        room = view.width - 11
        bars = [
            Content.assemble(
                (f"{name:<11}", "$muted"), segments_content(_parts(model), whole, room, colours=view.colours)
            )
            for name, model in (("published", own), ("what if", now))
        ]
        lines = [*bars, key_content(_parts(own), colours=view.colours).truncate(view.width), Content()]
        return Content("\n").join([*lines, *_table(own, now), Content(), *_says(now)])


def _parts(model: Model) -> list[Segment]:
    return [
        Segment(name, model["parts"][part], f"auto on {LOOKS[part][0]}", LOOKS[part][1]) for part, name in NAMES.items()
    ]


def _table(own: Model, now: Model) -> list[Content]:
    lines = [Content.styled(f"{'':<11}{'published':>15}{'what if':>16}{'share':>9}", "$muted")]
    for part, name in NAMES.items():
        count = now["parts"][part]
        lines.append(_row(name, own["parts"][part], count, f"{100 * count / now['total']:.2f} %"))
    change = 100 * (now["total"] / own["total"] - 1)
    lines.append(_row("total", own["total"], now["total"], f"{change:+.1f} %" if change else ""))
    return lines


def _row(name: str, before: int, after: int, last: str) -> Content:
    changed = "bold $operation" if before != after else "$foreground"
    return Content.assemble((f"{name:<11}{before:>15,}", "$muted"), (f"{after:>16,}{last:>9}", changed))


def _says(now: Model) -> list[Content]:
    shared = f"{now['heads']} query heads, {now['kv_heads']} key/value heads"
    return [
        Content.styled(f"{now['vocab']:,} tokens; {shared}.", "$muted"),
        Content.styled(f"Keys and values of a token: {now['cache_bytes']:,} bytes in 16 bits.", "$muted"),
    ]
