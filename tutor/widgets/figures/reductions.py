"""How many norms and softmaxes one token takes, and how little of the time they are."""

from __future__ import annotations

from textual.content import Content

from tutor.widgets.figures.base import Answer, Figure, Values, View
from tutor.widgets.glyphs import bar, padded

PARTS = {
    "norms": "$problem",
    "softmax": "$operation",
    "matrix products": "$activation",
    "everything else": "$muted",
}
NAME = 17


class Reductions(Figure):
    """Counts per tier, and measured shares of two passes of the loaded model."""

    ASK = ("trace", "reductions.shares")
    USES_PROMPT = True
    BUSY = "Profiling …"

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The counts, then the shares."""
        return Content("\n").join([*_counts(answer), Content(), *_shares(answer, view.width)])


def _counts(answer: Answer) -> list[Content]:
    head = f"{'a token of':<12}{'norms':>7}{'softmaxes':>11}{'together':>10}"
    lines = [Content.styled(head, "$muted")]
    rows = [(tier["tier"], tier, "$foreground") for tier in answer["tiers"]]
    if answer["counted"]:
        rows.append(("counted here", answer["counted"], "$trainable"))
    for name, row, style in rows:
        numbers = f"{row['norms']:>7}{row['softmaxes']:>11}"
        lines.append(
            Content.assemble((f"{name:<12}", style), (numbers, style), (f"{row['total']:>10}", f"bold {style}"))
        )
    return lines


def _shares(answer: Answer, width: int) -> list[Content]:
    """A bar per part, for each pass."""
    room = max(6, min(40, width - NAME - 9))
    names = {"prompt": f"reading {answer['tokens']} tokens at once", "one token": "writing one token"}
    lines = []
    for key, shares in answer["passes"].items():
        lines.append(Content.styled(names[key], "bold"))
        for part, meaning in PARTS.items():
            share = shares[part]
            lines.append(
                Content.assemble(
                    (padded(part, NAME), "$foreground"),
                    (padded(bar(share, 1, room), room), meaning),
                    (f"{100 * share:>7.1f} %", "$muted"),
                )
            )
    return lines
