"""A bar of parts laid end to end, each as wide as its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len
from textual.content import Content

from tutor.widgets.glyphs import padded


@dataclass(frozen=True)
class Segment:
    """One part; `meaning` is the style of its fill, `mark` what fills it where there are no colours."""

    name: str
    value: float
    meaning: str
    mark: str


def segments_content(parts: Sequence[Segment], whole: float, width: int, *, colours: bool) -> Content:
    """The parts side by side, where `whole` would fill `width` cells. Names stand inside where they fit."""
    ends = [round(width * end / whole) for end in accumulate(part.value for part in parts)] if whole > 0 else []
    spans: list[tuple[str, str]] = []
    for part, start, end in zip(parts, [0, *ends], ends, strict=False):
        if end > start:
            spans.append(_segment(part, end - start, colours))
    return Content.assemble(*spans)


def _segment(part: Segment, width: int, colours: bool) -> tuple[str, str]:
    named = part.name and cell_len(part.name) + 4 <= width
    if colours:
        return padded(f" {part.name}" if named else "", width), part.meaning
    name = f" {part.name} " if named else ""
    return name.center(width, part.mark), "$foreground"


def key_content(parts: Sequence[Segment], *, colours: bool) -> Content:
    """What each fill means, for parts whose names do not fit."""
    spans: list[tuple[str, str]] = []
    for part in parts:
        spans += [("  " if colours else part.mark * 2, part.meaning if colours else "$foreground")]
        spans += [(f" {part.name}   ", "$muted")]
    return Content.assemble(*spans)
