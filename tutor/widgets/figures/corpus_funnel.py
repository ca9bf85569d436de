"""The funnel of a corpus: a bar a stage, and below it the shares of the categories."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words, switch
from tutor.widgets.glyphs import bar, padded

NAME = 16
COUNT = 6
FEWEST = 34
"""Cells that reasons need at least to stand beside the bars."""
UNLICENSED = "None of it has a licence of the list. Your own code? Switch licence off."
SOURCES = "sample:tally, dist:packaging, dist:psutil"


class CorpusFunnel(Figure):
    """How many records each stage leaves, why the others were dropped, and whether the rest is balanced."""

    ASK = ("desk", "corpus_funnel.funnel")
    BUSY = "Reading the sources …"

    def __init__(self, sources: str = SOURCES, thresholds: bool = True) -> None:
        """Args: sources: what is read at first; thresholds: whether the page offers them."""
        self._sources = sources
        self._thresholds = thresholds

    def controls(self) -> Sequence[Control]:
        """What is read, and where the thresholds stand."""
        source = Words("sources", "sources, separated by commas", self._sources)
        if not self._thresholds:
            return (source,)
        return (
            Number("min_score", "score at least", (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8), 0.4),
            Number("max_line", "longest line", (60, 80, 90, 100, 120, 200), 100),
            Number("max_tokens", "most tokens", (60, 120, 250, 500, 1000, 4000), 500),
            Number("near", "near-duplicate from", (0.7, 0.8, 0.9, 1.0), 0.7),
            switch("checks", "checks of meaning", True),
            switch("licence", "licence", True),
            switch("balance", "balance", True),
            source,
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Stages, then categories."""
        if "reading" in answer:
            return reading(answer, view.width)
        lines = [*_stages(answer, view.width), Content(), *_categories(answer, view.width)]
        return Content("\n").join(lines)


def reading(answer: Answer, width: int) -> Content:
    """What is read while there is no answer yet."""
    says = f"Reading {answer['reading']}: {answer['files']:,} of {answer['all']:,} files"
    return Content.styled(clean_text(says), "$operation").truncate(width)


def _stages(answer: Answer, width: int) -> list[Content]:
    first = max(answer["stages"][0]["left"], 1)
    room = max(8, min(30, width - NAME - COUNT - 1 - FEWEST))
    lines = [Content.styled(f"{'stage':<{NAME}}{'left':>{COUNT}}", "$muted")]
    for stage in answer["stages"]:
        changed = stage["left"] - stage["usual"]
        told = f"{changed:+d} against the usual" if changed else ""
        reasons = ", ".join(f"{name} {count}" for name, count in stage["reasons"])
        line = Content.assemble(
            (padded(stage["name"], NAME), "$foreground"),
            (f"{stage['left']:>{COUNT},} ", "bold $trainable"),
            (padded(bar(stage["left"], first, room), room) + " ", "$activation"),
            (told + (" · " if told and reasons else ""), "$operation"),
            (clean_text(reasons), "$muted"),
        )
        lines.append(line.truncate(width, ellipsis=True))
    kept = f"{answer['percent']:.0f} % of {answer['documented']:,} documented items are kept."
    more = f" {answer['undocumented']:,} more have no documentation."
    lines += Content.styled(kept + more, "$muted").wrap(width)
    left = {stage["name"]: stage["left"] for stage in answer["stages"]}
    if left["checks"] and not left["licence"]:
        lines += Content.styled(UNLICENSED, "$operation").wrap(width)
    return lines


def _categories(answer: Answer, width: int) -> list[Content]:
    lines = [Content.styled(f"{'category':<{NAME}}{'kept':>{COUNT}}  share  allowed", "$muted")]
    for row in answer["categories"]:
        fine = row["low"] <= row["share"] <= row["high"]
        lines.append(
            Content.assemble(
                (padded(row["name"], NAME), "$foreground"),
                (f"{row['kept']:>{COUNT},}", "$foreground"),
                (f"{row['share']:>6.1f}%", "$trainable" if fine else "bold $problem"),
                (f"  {row['low']:.0f} to {row['high']:.0f} %", "$muted"),
                ("" if fine else "  out of its band", "$problem"),
            ).truncate(width)
        )
    return lines
