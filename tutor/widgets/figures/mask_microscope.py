"""A conversation as a training sees it: which tokens the loss looks at, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Pick, Values, View, Words
from tutor.widgets.glyphs import visible

MASKS = ("template right", "prompt in loss", "EOS missing", "labels shifted")
TALK = {
    "system": ("system", "Answer in one word."),
    "user": ("you", "What is the capital of France?"),
    "assistant": ("the answer", "Paris."),
    "user2": ("you, again", "And of Spain?"),
    "assistant2": ("the second answer", "Madrid."),
}


class MaskMicroscope(Figure):
    """The conversation turn by turn, then sums; each cell below is a token's loss."""

    ASK = ("trace", "mask_microscope.look")
    BUSY = "Reading the conversation …"
    FOLLOWS_CELL = True

    def __init__(self, mask: str = MASKS[0]) -> None:
        """Args: mask: which labels to begin with."""
        self._mask = mask

    def controls(self) -> Sequence[Control]:
        """The mask, and what everyone says; an empty field is no turn."""
        fields = [Words(name, label, text) for name, (label, text) in TALK.items()]
        return Pick("mask", "mask", MASKS, self._mask), *fields

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Every turn as its tokens; those that the loss sees stand out. The cursor's token is marked."""
        row, column = values.get("cell", (-1, -1))
        lines: list[Content] = []
        for number, turn in enumerate(answer["turns"]):
            at = column if number == row else -1
            lines += _turn(turn, at, view)
        return Content("\n").join(
            [*lines, Content(), *(part for line in _sums(answer) for part in line.wrap(view.width))]
        )

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The loss of every token: a row a turn."""
        turns = answer["turns"]
        longest = max(len(turn["tokens"]) for turn in turns)
        losses = [[token["loss"] for token in turn["tokens"]] for turn in turns]
        lit = {
            (row, column)
            for row, turn in enumerate(turns)
            for column, token in enumerate(turn["tokens"])
            if token["label"] is not None and token["loss"] is not None
        }
        return Cells(
            [turn["role"] for turn in turns],
            [str(place) for place in range(longest)],
            [row + [None] * (longest - len(row)) for row in losses],
            lambda row, column: _explain(turns[row], column),
            scale="share", form=".1f", title="nats of every token, turn by turn; bright where the loss looks",
            lit=frozenset(lit),
        )  # fmt: skip


def _turn(turn: Answer, cursor: int, view: View) -> list[Content]:
    """The role, then its tokens in lines that fit."""
    name = Content.styled(f"{clean_text(turn['role']):<10} ", "$operation")
    lines, line = [], name
    for seen, group in groupby(enumerate(turn["tokens"]), key=lambda item: item[1]["label"] is not None):
        for piece in _run(list(group), cursor, seen, colours=view.colours):
            if line.cell_length + piece.cell_length > view.width:
                lines.append(line)
                line = Content(" " * name.cell_length)
            line = line + piece.truncate(view.width - name.cell_length)
    return [*lines, line]


def _run(tokens: list[tuple[int, Any]], cursor: int, seen: bool, *, colours: bool) -> list[Content]:
    """Neighbours that the loss treats alike; without colours, those that it sees stand in brackets."""
    style = "bold auto on $trainable 40%" if seen and colours else "$foreground" if seen else "$muted"
    pieces = []
    for place, token in tokens:
        text = visible(clean_text(token["piece"]))
        if seen and not colours:
            text = ("[" if token is tokens[0][1] else "") + text + ("]" if token is tokens[-1][1] else "")
        pieces.append(Content.styled(text, f"{style} reverse" if place == cursor else style))
    return pieces


def _sums(answer: Answer) -> list[Content]:
    """What the loss sees in all, then what is wrong with it."""
    lines = [
        Content.assemble(
            (f"{answer['supervised']} of {answer['tokens']} tokens", "bold $trainable"),
            f" are in the loss, {answer['percent']:.0f} %. A training would report ",
            (f"{answer['loss']:.2f} nats/token", "bold"), ".",
        )
    ]  # fmt: skip
    problems = []
    if not answer["supervised"]:
        problems.append("Nothing is in the loss: nothing would be learned.")
    if answer["outside"]:
        problems.append(
            f"{answer['outside']:.0f} % of the loss comes from what the model is given, not from what it should say."
        )
    if answer["ends_seen"] < answer["ends"] and not answer["shifted"]:
        problems.append(
            f"{answer['ends_seen']} of {answer['ends']} ends of an answer are in the loss: it would not learn to stop."
        )
    if answer["shifted"]:
        problems.append(f"{answer['shifted']} labels are not the token at their place, but the one after it.")
    lines += [Content.styled(text, "$problem") for text in problems]
    return (
        lines if problems else [*lines, Content.styled("Only answers, each with its end: as it should be.", "$muted")]
    )


def _explain(turn: Answer, column: int) -> Content:
    if column >= len(turn["tokens"]):
        return Content.styled("no token: this turn is shorter", "$muted")
    token = turn["tokens"][column]
    piece = visible(clean_text(token["piece"]))
    who = "the template, not somebody" if token["markup"] else turn["role"]
    if token["label"] is None:
        label = "label −100: not in the loss"
    else:
        label = f"label {visible(clean_text(token['label']))!r}: in the loss"
    loss = "first of all, so nothing predicts it"
    if token["loss"] is not None:
        loss = f"{token['loss']:.3f} nats, p = {100 * token['p']:.3g} %"
    style = "bold $muted" if token["label"] is None else "bold $trainable"
    return Content.assemble((piece, style), (f"  {token['id']}, by {who}; {label}; {loss}", "$muted"))
