"""What a model needs in memory to be run and to be trained, against what there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets import memorymeter
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, switch
from tutor.widgets.figures.parameter_bar import tier_control
from tutor.widgets.glyphs import plain_ascii
from tutor.widgets.memorymeter import Row

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WHERE = {"this machine": "here", "8 GB GPU": "8", "16 GB GPU": "16", "24 GB GPU": "24", "80 GB GPU": "80"}
MODES = {"inference": "run", "qlora": "QLoRA", "lora": "LoRA", "full": "train all"}
"""From the least memory to the most."""
SAYS = {
    "weights": "every parameter, read for every token",
    "adapter": "the two thin matrices, in fp32",
    "gradients": "a number for each trained parameter",
    "optimizer": "averages and an exact copy of each trained one",
    "activations": "results on the way that are needed again",
    "logits": "a score for each token of the vocabulary",
    "cache": "keys and values of the tokens so far",
    "overhead": "the libraries, and what is lost between blocks",
}
VERDICTS = {"yes": ("fits", "$trainable"), "barely": ("only just", "$operation"), "no": ("too large", "$problem")}
NAME, AFTER = 11, 20
"""Cells before and after a bar."""
MOST = 1.5
"""How far beyond the end of the memory bars are drawn."""


class MemoryStack(Figure):
    """A bar for each mode, and the components of one of them."""

    ASK = ("desk", "memory.plans")

    def __init__(self, tier: str = "small", where: str = "this machine") -> None:
        """Args: tier: the model to begin with; where: `this machine` or the size of a GPU, such as `24 GB GPU`."""
        self._tier = tier
        self._where = where

    def controls(self) -> Sequence[Control]:
        """Model, place, what a step holds, and the mode whose components are listed."""
        return (
            tier_control(self._tier),
            Pick("where", "on", list(WHERE), self._where),
            Number("batch", "batch", (1, 2, 4, 8, 16, 32), 1),
            Number("seq", "tokens", (128, 256, 512, 1024, 2048, 4096, 8192), 512),
            Number("rank", "rank", RANKS, 8),
            switch("checkpointing", "checkpointing", True),
            Pick("mode", "list", list(MODES.values()), MODES["full"], asks=False),
        )

    def params(self, values: Values) -> Values:
        """The place by the engine's name; counts are whole."""
        whole = {name: int(values[name]) for name in ("batch", "seq", "rank")}
        return super().params(values) | whole | {"where": WHERE[values["where"]]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Bars, the list of one mode, and what is the largest model that fits."""
        mode = next(mode for mode, name in MODES.items() if name == values["mode"])
        lines = [*stacks(answer, view, values["where"]), Content()]
        lines += [_component(row, view) for row in memorymeter.grouped(answer["modes"][mode]["rows"])]
        return Content("\n").join([*lines, Content(), *_largest(answer, values["where"]).wrap(view.width)])


def stacks(answer: Answer, view: View, where: str) -> list[Content]:
    """A line for each mode, under the name of the mark where the memory ends."""
    room, size = view.width - NAME - AFTER, answer["budget"]["size"]
    most = max(found["total"] for found in answer["modes"].values())
    whole = min(most, round(MOST * size))
    says = f"{'free here' if where == 'this machine' else where}: {human_bytes(size)}"
    if whole < size:
        head = f"{says}, more than the bars show".rjust(room)
    else:
        head = f"{says} {'|' if plain_ascii() else '┃'}".rjust(1 + min(room - 1, round(size * room / whole)))
    lines = [Content.styled(" " * NAME + head, "$muted").truncate(view.width)]
    return lines + [_stack(answer["modes"][mode], name, whole, size, view) for mode, name in MODES.items()]


def _stack(found: Answer, name: str, whole: int, size: int, view: View) -> Content:
    room, letters = view.width - NAME - AFTER, _letters(view)
    drawn = memorymeter.bar(_cut(memorymeter.grouped(found["rows"]), whole), whole, size, room, letters=letters)
    if found["total"] > whole:
        drawn = drawn[: room - 1] + Content.styled(">" if letters else "▶", "$problem")
    verdict, style = VERDICTS[found["fits"]]
    after = (f"{human_bytes(found['total']):>9} ", (verdict.rjust(AFTER - 10), style))
    return Content.assemble(name.ljust(NAME), drawn, *after)


def _cut(rows: Sequence[Row], whole: int) -> list[Row]:
    """The rows as far as they fit into `whole` bytes."""
    cut, left = [], whole
    for name, size in rows:
        cut.append((name, min(size, left)))
        left -= min(size, left)
    return cut


def _letters(view: View) -> bool:
    return not view.colours or plain_ascii()


def _component(row: Row, view: View) -> Content:
    name, size = row
    part = memorymeter.PARTS[name]
    key = part.letter if _letters(view) else part.glyph
    line = Content.assemble((key, part.meaning), f" {part.label:<12}", f"{human_bytes(size):>8}")
    says = f"   {SAYS[name]}"
    return line + Content.styled(says, "$muted") if line.cell_length + len(says) <= view.width else line


def _largest(answer: Answer, where: str) -> Content:
    found = ", ".join(f"{MODES[mode]} {answer['largest'][mode]}" for mode in MODES)
    place = "here" if where == "this machine" else f"on a {where}"
    return Content.assemble((f"The largest that fits {place}: ", "$muted"), found)
