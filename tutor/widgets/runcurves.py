"""The curves of several runs over one another."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.runs.compare import Compared, Point
from tutor.runs.compare_lines import LETTERS
from tutor.widgets.chart import Axes, Series, chart_content

MEANINGS = ("$trainable", "$frozen", "$operation", "$activation")
"""Colours of the runs in turn; their letters say the same."""


def curves_content(found: Compared, width: int, height: int, *, colours: bool) -> list[Content]:
    """Training losses, then the held-out losses of every split that two runs share; each chart after an empty line."""
    splits = list(dict.fromkeys(split for each in found.held_out for split in each))
    charts = [("training loss, nats/token", found.train)]
    charts += [(f"loss of {split}, nats/token", [each.get(split, []) for each in found.held_out]) for split in splits]
    parts: list[Content] = []
    for title, curves in charts:
        if sum(len(curve) > 1 for curve in curves) > 1:
            series = _series(found, curves)
            parts += [Content(), chart_content(series, width, height, Axes("step", title), colours=colours)]
    return parts


def _series(found: Compared, curves: Sequence[Sequence[Point]]) -> list[Series]:
    return [
        Series(_name(run["run"]), curve, MEANINGS[place % len(MEANINGS)], mark=LETTERS[place])
        for place, (run, curve) in enumerate(zip(found.runs, curves, strict=True))
    ]


def _name(run: str) -> str:
    """The lab and the last letters of a run's id, which tell it from others."""
    return f"{run.rsplit('-', 3)[0]} {run[-4:]}"
