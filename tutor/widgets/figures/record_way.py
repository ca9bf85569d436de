"""One record on its way through the modules of the corpus tool, and the module where it is stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.corpus_funnel import reading

FAULTS = {
    "nothing": "none",
    "a line of 140 letters": "long line",
    "a TODO": "todo",
    "an invented parameter": "parameter",
    "an e-mail address": "secret",
    "code that breaks off": "syntax",
    "the licence GPL": "licence",
    "the same row again": "copy",
    "an id of its own": "id",
    "a line too far": "line",
    "a file that is not": "file",
    "the card, by hand": "card",
}
STATIONS = ("extract", "gates", "checks", "licences", "dedup", "split", "dataset", "falsify")
MARKS = {
    "passed": ("✓", "$trainable"),
    "stopped": ("✗", "bold $problem"),
    "not reached": ("·", "$faint"),
    "under way": ("…", "$operation"),
}
ABSENT = {"not reached": "The record never came here.", "under way": "The record is on its way here."}
LINES = {False: 9, True: 24}
"""Of a station's details, on small and on tall screens."""


class RecordWay(Figure):
    """Stations under each other, and what the chosen one says."""

    ASK = ("desk", "record_way.follow")
    BUSY = "Sending a record through …"

    def __init__(self, fault: str = "nothing", station: str = "extract") -> None:
        """Args: fault: what is broken at first; station: the one that is opened at first."""
        self._fault = fault
        self._station = station

    def controls(self) -> Sequence[Control]:
        """What is broken, which record, and the station to open."""
        return (
            Pick("fault", "broken", list(FAULTS), self._fault),
            Number("number", "record", range(12), 0, {n: str(n + 1) for n in range(12)}),
            Pick("station", "open", STATIONS, self._station, asks=False),
        )

    def params(self, values: Values) -> Values:
        """The fault by its name."""
        return {"fault": FAULTS[values["fault"]], "number": int(values["number"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The way, then one station."""
        if "reading" in answer:
            return reading(answer, view.width)
        head = Content.assemble((clean_text(answer["record"]["symbol"]), "bold"))
        way = [_station(station, values["station"], view.width) for station in answer["stations"]]
        opened = next(one for one in answer["stations"] if one["name"] == values["station"])
        lines = [head, *way, Content(), *_details(opened, LINES[view.tall])]
        return Content("\n").join([line.truncate(view.width, ellipsis=True) for line in lines])


def _station(station: Mapping[str, object], opened: object, width: int) -> Content:
    mark, style = MARKS[str(station["state"])]
    here = "▸" if station["name"] == opened else " "
    lines = station["lines"]
    assert isinstance(lines, list)
    says = lines[0] if station["state"] == "stopped" else station["purpose"] if width > 70 else ""
    return Content.assemble(
        (f"{here} ", "$operation"), (f"{mark} ", style), (f"{station['name']:<10}", "$foreground"),
        (clean_text(str(says)), style if station["state"] == "stopped" else "$muted"),
    )  # fmt: skip


def _details(station: Answer, most: int) -> list[Content]:
    lines = [
        Content.styled(station["module"], "bold $frozen"),
        Content.styled(clean_text(station["purpose"]), "$muted"),
    ]
    if station["state"] in ABSENT:
        return [*lines, Content.styled(ABSENT[station["state"]], "$faint")]
    shown = [Content(clean_text(line).expandtabs(4)) for line in station["lines"][:most]]
    left = len(station["lines"]) - most
    return [*lines, *shown, *([Content.styled(f"… {left} more", "$faint")] if left > 0 else [])]
