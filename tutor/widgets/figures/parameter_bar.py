"""The parameters of a model as one bar: which part of it has how many."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.tiers import TIERS
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View
from tutor.widgets.segments import Segment, segments_content

PARTS = {
    "embedding": ("embedding", "auto on $frozen 25%", "e", "a vector for every token"),
    "attention": ("attention", "auto on $frozen 50%", "a", "positions look at each other"),
    "mlp": ("MLP", "auto on $frozen 75%", "m", "each position on its own"),
    "norms": ("norms", "auto on $frozen", "n", "keep vectors at one scale"),
    "head": ("LM head", "auto on $frozen 40%", "h", "a score for every token"),
}
"""Name, fill, mark where there are no colours, and what it does; in the order in which a token meets them. All are
weights, so all have the colour of weights."""


def tier_control(tier: str) -> Pick:
    """Which of the course's five sizes."""
    return Pick("tier", "model", list(TIERS), tier)


class ParameterBar(Figure):
    """Total, bar, and a line for each part."""

    ASK = ("desk", "tier_table.part")

    def __init__(self, tier: str = "nano") -> None:
        """Args: tier: the model to begin with."""
        self._tier = tier

    def controls(self) -> Sequence[Control]:
        """The model."""
        return (tier_control(self._tier),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The bar with its numbers."""
        lines = [Content.assemble((answer["model"], "bold"), f"  {answer['total']:,} parameters"), Content()]
        lines += [bar(answer, view.width, colours=view.colours), Content()]
        lines += [_part(answer, name, view) for name in PARTS]
        body = f"Between embedding and head: the layers, {answer['shares']['body']:.2f} % of all"
        return Content("\n").join([*lines, Content(), *Content.styled(body, "$muted").wrap(view.width)])


def bar(answer: Answer, width: int, *, colours: bool) -> Content:
    """Every parameter once, a cell for each equal part of them."""
    parts = [Segment(name, answer["counts"][part], fill, mark) for part, (name, fill, mark, _) in PARTS.items()]
    return segments_content(parts, answer["total"], width, colours=colours)


def _part(answer: Answer, part: str, view: View) -> Content:
    name, fill, mark, says = PARTS[part]
    count, share = answer["counts"][part], answer["shares"][part]
    number = (f"{count:>15,}  {share:>6.2f} %", "$foreground" if count else "$faint")
    if part == "head" and answer["tied"]:
        says = "the embedding, used again"
    key = ("  ", fill) if view.colours else (mark * 2, "$foreground")
    line = Content.assemble(key, f" {name:<10}", number)
    return line + Content.styled(f"   {says}", "$muted") if line.cell_length + len(says) + 3 <= view.width else line
