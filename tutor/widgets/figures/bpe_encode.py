"""A word being cut with learned merges, one merge a key."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words, switch
from tutor.widgets.figures.bpe_trainer import CATS, cut_word, piece
from tutor.widgets.glyphs import padded

MERGES = 30
STEPS = 20
"""The most steps that are walked through."""
END = "to the end"


class BpeEncode(Figure):
    """The pieces after every merge that applies, and beside them what a tokenizer of whole words would say."""

    ASK = ("desk", "bpe.encode")

    def __init__(self, word: str = "scattered", text: str = CATS) -> None:
        """Args: word: what is cut; text: the corpus that teaches the merges, `/` between its lines."""
        self._word = word
        self._text = text

    def controls(self) -> Sequence[Control]:
        """What to cut, how many merges are known, and how far to go."""
        return (
            Words("word", "A word, or several", self._word),
            Words("text", "The corpus; / begins a new line", self._text),
            Number("merges", "merges learned", range(MERGES + 1), MERGES, {MERGES: "all"}),
            Number("step", "step", range(STEPS + 1), 0, {STEPS: END}, asks=False),
            switch("pretokenize", "words apart", True),
            switch("byte_level", "start from bytes", False),
        )

    def params(self, values: Values) -> Values:
        """All steps at once: going through them needs no new answer."""
        return super().params(values) | {"text": values["text"].replace("/", "\n")}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line a step, then the end, then the other tokenizer."""
        steps, wanted = answer["steps"], int(values["step"])
        last = len(steps) - 1
        shown = steps[: min(wanted, last) + 1]
        lines = [_step(step, view.width) for step in shown]
        if len(shown) <= last:
            lines.append(Content.styled(f"merges that apply: {last - wanted} more", "$muted"))
        else:
            lines.append(_end(answer))
        of_bytes = values["byte_level"] == "on"
        lines += [Content(), *_unknown(answer, of_bytes).wrap(view.width), *_as_words(answer).wrap(view.width)]
        return Content("\n").join(lines)


def _step(step: Answer, width: int) -> Content:
    says = f"merge {step['rank']}: {' + '.join(map(piece, step['pair']))}" if step["pair"] else "letter by letter"
    cut = Content.assemble((padded(says, 24), "$muted"), *cut_word(step["pieces"], "".join(step["pair"])))
    return cut.truncate(width, ellipsis=True)


def _end(answer: Answer) -> Content:
    count, learned = answer["tokens"], answer["merges"]
    pieces = "1 token" if count == 1 else f"{count} tokens"
    return Content.assemble((f"{pieces}. ", "bold"), (f"No more of the {learned} merges fit.", "$muted"))


def _unknown(answer: Answer, of_bytes: bool) -> Content:
    letters = "  ".join(map(piece, answer["unknown"]))
    if of_bytes:
        return Content.styled("Every letter is made of bytes, and all 256 are in the vocabulary.", "$muted")
    if not letters:
        return Content.styled("All of its letters were in the corpus.", "$muted")
    return Content.assemble(
        (f"Unknown: {letters}", "bold $problem"), (". Training never saw them, so they have no number.", "$muted")
    )


def _as_words(answer: Answer) -> Content:
    words = [(f"{piece(word)} ", "$problem" if word.startswith("[") else "$activation") for word in answer["as_words"]]
    return Content.assemble((f"A list of the corpus's {answer['known_words']} words would say:  ", "$muted"), *words)
