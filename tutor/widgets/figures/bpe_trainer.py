"""A BPE tokenizer being trained on the learner's corpus, one merge a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.columns import side_by_side
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words, switch
from tutor.widgets.glyphs import bar, padded, plain_ascii, visible

CATS = "the cat sat / the cat ran / the dog sat / the dog ran"
MERGES = 30
TIES = {"first by letters": "letters", "oldest pieces": "age", "by chance": "chance"}
ROWS = 8
"""Pairs, and words, that are shown."""
NAME = 9
"""Cells that the name of a pair takes at least."""
BAR = 8
NARROW = 70
"""Cells of a view below which ties are not counted."""


class BpeTrainer(Figure):
    """Pairs with their counts, the one that is merged next, the words as they are cut so far, and the vocabulary."""

    ASK = ("desk", "bpe.train")

    def __init__(self, text: str = CATS, switches: bool = True) -> None:
        """Args: text: the corpus, `/` between its lines; switches: offer pre-tokenisation, bytes and ties."""
        self._text = text
        self._switches = switches

    def controls(self) -> Sequence[Control]:
        """The corpus, how many merges to look at, and how they are learned."""
        switches: list[Control] = [
            switch("pretokenize", "words apart", True),
            switch("byte_level", "start from bytes", False),
            Pick("ties", "ties", list(TIES), next(iter(TIES))),
        ]
        return (
            Words("text", "Your corpus; / begins a new line", self._text),
            Number("merges", "merges", range(MERGES + 1), 0, asks=False),
            *(switches if self._switches else ()),
        )

    def params(self, values: Values) -> Values:
        """All steps at once: going through them needs no new answer."""
        params = super().params(values) | {"text": values["text"].replace("/", "\n"), "merges": MERGES}
        return params | ({"ties": TIES[values["ties"]]} if "ties" in values else {})

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """One step."""
        steps = answer["steps"]
        number = min(int(values["merges"]), len(steps) - 1)
        step = steps[number]
        rows = ROWS + 4 if view.tall else ROWS
        return Content("\n").join(
            [
                *_headline(answer, number, int(values["merges"])).wrap(view.width),
                Content(),
                *side_by_side(_pairs(step, rows, narrow=view.width < NARROW), _words(step, rows), view.width),
                Content(),
                *_vocabulary(answer, number, "bytes" if values.get("byte_level") == "on" else "letters", view.width),
            ]
        )


def _headline(answer: Answer, number: int, wanted: int) -> Content:
    step, first = answer["steps"][number], answer["steps"][0]
    if wanted > number:
        says = f"After {number} merges no pair occurs twice: the end."
    elif number:
        says = f"Merge {number} made {piece(step['made'])}."
    else:
        says = "Nothing is merged yet: every letter is a piece."
    return Content.assemble(
        (says, "bold"), (f"  {step['tokens']} tokens" + (f", at first {first['tokens']}" if number else ""), "$muted")
    )


def _pairs(step: Answer, rows: int, *, narrow: bool) -> list[Content]:
    """The pairs with their counts; the one that comes next is marked."""
    pairs = step["pairs"][:rows]
    lines = [Content.styled("pairs of neighbours".ljust(NAME + BAR + 5 + len(_mark(0, narrow))), "$muted")]
    if not pairs:
        return [*lines, Content.styled("none: every word is one piece", "$muted")]
    names = [" + ".join(piece(part) for part in item["pair"]) for item in pairs]
    width = max(NAME, *map(cell_len, names))
    most = pairs[0]["count"]
    for place, (item, name) in enumerate(zip(pairs, names, strict=True)):
        is_next = place == 0 and most > 1
        style = "bold $operation" if is_next else "$foreground"
        drawn = bar(item["count"], most, BAR).ljust(BAR)
        lines.append(
            Content.assemble(
                (f"{padded(name, width)} {item['count']:>3} ", style), (drawn, "$operation" if is_next else "$muted"),
                (_mark(step["tied"] if is_next else 0, narrow), "$operation"),
            )
        )  # fmt: skip
    return lines


def _mark(tied: int, narrow: bool) -> str:
    """What stands behind a pair of as many that are equally frequent; as wide for every pair, so that nothing jumps."""
    arrow = "<" if plain_ascii() else "◂"
    tie = f", {tied} tie" if tied > 1 and not narrow else ""
    return (f" {arrow} next{tie}" if tied else "").ljust(8 if narrow else 17)


def _words(step: Answer, rows: int) -> list[Content]:
    """The words, most frequent first, as they are cut so far; the newest piece is lit."""
    next_pair = step["pairs"][0]["pair"] if step["pairs"] and step["pairs"][0]["count"] > 1 else []
    lines = [Content.styled("the corpus so far", "$muted")]
    for word in step["words"][:rows]:
        lines.append(
            Content.assemble(*cut_word(word["pieces"], step["made"], next_pair), (f" ×{word['count']}", "$faint"))
        )
    more = len(step["words"]) + step["more_words"] - rows
    return [*lines, Content.styled(f"and {more} more", "$faint")] if more > 0 else lines


def cut_word(pieces: Sequence[str], made: str, next_pair: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The pieces of a word with gaps between them: `made` lit, and the pair that will be merged underlined."""
    spans: list[tuple[str, str]] = []
    place = 0
    while place < len(pieces):
        if next_pair and list(pieces[place : place + 2]) == list(next_pair):
            spans += [(" ".join(piece(part) for part in next_pair), "underline $operation"), (" ", "")]
            place += 2
            continue
        style = "bold $trainable" if pieces[place] == made else "$foreground"
        spans += [(piece(pieces[place]), style), (" ", "")]
        place += 1
    return spans


def _vocabulary(answer: Answer, number: int, first: str, width: int) -> list[Content]:
    """What is known: the alphabet as a number, and every piece that was learned."""
    known = answer["vocabulary"][:number]
    says = f"Vocabulary of {answer['alphabet'] + number}: {answer['alphabet']} {first}"
    spans: list[tuple[str, str]] = [(says, "$muted")]
    spans += [(f"  {piece(one)}", "bold $trainable" if place == number else "$activation")
              for place, one in enumerate(known, 1)]  # fmt: skip
    return Content.assemble(*spans).wrap(width)


def piece(text: Any) -> str:
    """A piece as it can be shown."""
    return visible(clean_text(str(text)))
