"""Five panels of one model: parameters, memory, descent, rank, spectrum; one control drives them all."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.columns import GAP, side_by_side
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.descent import STEPS, landscape
from tutor.widgets.figures.memory_stack import RANKS, WHERE, stacks
from tutor.widgets.figures.parameter_bar import bar, tier_control
from tutor.widgets.figures.rank_rectangles import rectangles
from tutor.widgets.segments import Segment, segments_content

MEANINGS = [
    Content.styled("weights", "$frozen"),
    Content.styled("for training", "$trainable"),
    Content.styled("on the way", "$activation"),
    Content.styled("overhead", "$muted"),
]
"""What the bars of the memory are made of."""
WIDE = 96
"""Cells from which on panels are as high as they like."""
LEAST = 24
"""Cells that a landscape needs to be read."""


class CorePanels(Figure):
    """Everything about one tier on one screen."""

    ASK = ("desk", "panels.linked")

    def __init__(self, tier: str = "nano") -> None:
        """Args: tier: the model to begin with."""
        self._tier = tier

    def controls(self) -> Sequence[Control]:
        """The model drives all; the others single panels."""
        return (
            tier_control(self._tier),
            Pick("where", "on", list(WHERE), "this machine"),
            Number("r", "rank", RANKS, 8),
            Number("step", "step", range(STEPS + 1), 3, asks=False),
        )

    def params(self, values: Values) -> Values:
        """The place by the engine's name."""
        return {"tier": values["tier"], "r": int(values["r"]), "where": WHERE[values["where"]]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What there is of the answer, from top to bottom."""
        parts = answer["parts"]
        lines = [
            _heading("parameters", f"{parts['total']:,} in {parts['model']}"),
            bar(parts, view.width, colours=view.colours),
            _heading("memory", "") + Content("   ").join(MEANINGS),
            *stacks(answer["memory"], view, values["where"]),
            *([Content()] if view.tall else []),
            *_middle(answer, int(values["step"]), view),
        ]
        if "spectrum" in answer:
            lines += _spectrum(answer["spectrum"], int(values["r"]), view)
        return Content("\n").join(line.truncate(view.width) for line in lines)


def _heading(name: str, says: str) -> Content:
    return Content.assemble((f"{name}  ", "bold $primary"), (says, "$muted"))


def _middle(answer: Answer, step: int, view: View) -> list[Content]:
    """The landscape, and the rectangles beside it or, where that is too narrow, below it."""
    height = 9 if view.tall and view.width >= WIDE else 6
    factors = answer["rank"]
    right = [
        _heading("rank", f"{factors['full']:,} → {factors['low']:,}"),
        *rectangles(factors, height, colours=view.colours),
    ]
    if "descent" not in answer:
        return right
    beside = view.width - max(line.cell_length for line in right) - GAP
    width = beside if beside >= LEAST else view.width
    left = [
        _heading("gradient", f"one of {answer['parts']['total']:,} directions"),
        *landscape(answer["descent"], step, width, height - 1, colours=view.colours).split(),
    ]
    return side_by_side(left, right, view.width) if beside >= LEAST else [*left, Content(), *right]


def _spectrum(found: Answer, rank: int, view: View) -> list[Content]:
    """What of a real matrix of this model a copy of the chosen rank keeps."""
    if "absent" in found:
        return list(_heading("spectrum", clean_text(found["absent"])).wrap(view.width))
    rank = min(rank, found["full"])
    share = found["kept"][found["ranks"].index(rank)]
    says = f"rank {rank} keeps {share:.1f} % of {found['matrix']}; 90 % needs {found['ninety']:,} of {found['full']:,}"
    parts = [
        Segment("kept", share, "auto on $frozen 75%", "k"),
        Segment("lost", 100 - share, "auto on $muted 20%", "."),
    ]
    return [_heading("spectrum", says), segments_content(parts, 100, view.width, colours=view.colours)]
