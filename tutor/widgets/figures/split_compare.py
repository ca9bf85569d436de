"""Three ways to split the same rows, and what each does to the categories and to files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words
from tutor.widgets.figures.corpus_funnel import reading

NAMES = {"cut": "cut as stored", "rows": "row by row", "files": "whole files"}
WAY = 14


class SplitCompare(Figure):
    """Rows of each category in training, validation and test."""

    ASK = ("desk", "corpus_splits.compare")
    BUSY = "Reading the sources …"

    def __init__(self, sources: str = "dist:packaging, dist:platformdirs, dist:markdown-it-py") -> None:
        """Args: sources: what is read at first."""
        self._sources = sources

    def controls(self) -> Sequence[Control]:
        """The seed that draws, and the sources."""
        return (
            Number("seed", "seed", (1, 2, 3, 42), 42),
            Words("sources", "sources, separated by commas", self._sources),
        )

    def params(self, values: Values) -> Values:
        """A seed is whole."""
        return super().params(values) | {"seed": int(values["seed"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A block a way: what is in each split, and its two faults."""
        if "reading" in answer:
            return reading(answer, view.width)
        categories = list(answer["ways"][0]["counts"])
        wide = view.width >= WAY + 11 * (1 + len(categories))
        column = 11 if wide else 7
        names = "".join(f"{(name if wide else name[:6]):>{column}}" for name in ("rows", *categories))
        lines = [Content.styled(f"{'train/val/test':<{WAY}}" + names, "$muted")]
        for way in answer["ways"]:
            lines += [*_way(way, column, "of held-out rows share" if wide else "share"), Content()]
        return Content("\n").join([line.truncate(view.width) for line in lines[:-1]])


def _way(way: Any, column: int, share: str) -> list[Content]:
    groups = [way["rows"], *way["counts"].values()]
    rows = []
    for place, name in enumerate((NAMES[way["key"]], "", "")):
        cells = [
            (f"{group[place]:>{column}}", "bold $problem" if not group[place] and any(group) else "$foreground")
            for group in groups
        ]
        rows.append(Content.assemble((f"{name:<{WAY}}", "bold $operation"), *cells))
    says = f"{way['off']:.0f} points off; {way['shared']:.0f} % {share} a file with training"
    return [*rows, Content.styled(says, "$problem" if way["shared"] > 1 else "$trainable")]
