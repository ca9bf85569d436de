"""The sound pipeline beside a broken one, sign by sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View
from tutor.widgets.glyphs import bar, padded, visible

FAULTS = {
    "none": "nothing broken",
    "tokenizer": "another tokenizer",
    "shift": "ids one too high",
    "range": "an id too large",
    "mask": "no causal mask",
    "rope": "no positions",
    "norm": "no final norm",
}
NAME = 14

Row = Mapping[str, Any]


class FaultBench(Figure):
    """Break a stage on purpose, and see which signs move."""

    ASK = ("trace", "diagnosis.compare")
    USES_PROMPT = True
    BUSY = "Sending your prompt through both …"

    def __init__(self, faults: Sequence[str] = tuple(FAULTS)) -> None:
        """Args: faults: names of the faults on offer, `none` among them."""
        self._words = {FAULTS[name]: name for name in faults}

    def controls(self) -> Sequence[Control]:
        """What is broken."""
        words = list(self._words)
        return (Pick("fault", "broken", words, words[0]),)

    def params(self, values: Values) -> Values:
        """The fault by its name."""
        return {"fault": self._words[values["fault"]]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line per sign, then what each would write next."""
        column = (view.width - NAME) // 2 - 1
        head = f"{'':<{NAME}}{'sound':<{column}} {'broken':<{column}}"
        lines = [Content.styled(head.rstrip(), "$muted")]
        lines += [_row(row, column) for row in answer["rows"]]
        if answer["error"]:
            return Content("\n").join([*lines, Content(), Content.styled(clean_text(answer["error"]), "$problem")])
        return Content("\n").join([*lines, Content(), *_choices(answer["top"], view.width)])


def _row(row: Row, column: int) -> Content:
    meaning = "bold $problem" if row["differs"] else "$muted"
    return Content.assemble(
        (f"{row['sign']:<{NAME}}", "$foreground"), (_cut(row["sound"], column) + " ", "$muted"),
        (_cut(row["broken"], column - 1) + (" ◂" if row["differs"] else ""), meaning),
    )  # fmt: skip


def _cut(text: str, width: int) -> str:
    shown = clean_text(text).replace("\n", "⏎").replace("\t", "⇥")
    return padded(shown if cell_len(shown) <= width else padded(shown, width - 1).rstrip() + "…", width)


def _choices(top: Mapping[str, Any], width: int) -> list[Content]:
    column = (width - 2) // 2
    lines = [Content.styled(f"{'would write':<{column}}  {'would write':<{column}}".rstrip(), "$muted")]
    for sound, broken in zip(top["sound"], top["broken"], strict=True):
        lines.append(Content.assemble(*_choice(sound, column), "  ", *_choice(broken, column)))
    return lines


def _choice(candidate: Mapping[str, Any], width: int) -> list[tuple[str, str]]:
    room = max(4, width - 12 - 8)
    return [
        (padded(visible(clean_text(candidate["piece"])), 12), "$foreground"),
        (bar(candidate["p"], 1, room).ljust(room), "$activation"),
        (f"{100 * candidate['p']:6.1f} %", "$muted"),
    ]
