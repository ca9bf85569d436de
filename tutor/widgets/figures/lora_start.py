"""A new adapter on the loaded model: what it changes before the first step, and whether it can learn."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import visible

STARTS = ("A random, B = 0", "A = 0, B = 0", "A random, B random")


class LoraStart(Figure):
    """The largest change of a logit, both answers, and the gradients of A and B."""

    ASK = ("trace", "lora_start.look")
    USES_PROMPT = True
    BUSY = "Putting an adapter on the model …"

    def __init__(self, start: str = STARTS[0]) -> None:
        """Args: start: one of `STARTS`."""
        self._start = start

    def controls(self) -> Sequence[Control]:
        """How the two matrices begin, and how thin they are."""
        return (Pick("start", "begin with", STARTS, self._start), Number("rank", "rank r", (1, 4, 8, 16, 32, 64), 8))

    def params(self, values: Values) -> Values:
        """The rank is whole."""
        return super().params(values) | {"rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line a finding, then what they mean."""
        if answer["difference"] is None:
            return _says("base", answer["base"], "$frozen")
        lines = [
            _difference(answer),
            _says("base", answer["base"], "$frozen"),
            _says("adapted", answer["adapted"], "$trainable"),
            Content(),
            *_gradients(answer["gradients"]),
            Content(),
            Content.assemble((f"{answer['trainable']:,}", "bold $trainable"), (" new parameters", "$muted")),
            Content.styled(_meaning(answer), "$muted"),
        ]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))


def _difference(answer: Answer) -> Content:
    says = "exactly 0" if answer["same"] else f"{answer['difference']:.3g}"
    meaning = "$trainable" if answer["same"] else "$problem"
    return Content.assemble(
        ("largest change of a logit  ", "$muted"), (says, f"bold {meaning}"),
        (f"  over {answer['tokens']} positions", "$muted"),
    )  # fmt: skip


def _says(name: str, likeliest: Answer, meaning: str) -> Content:
    piece = visible(clean_text(likeliest["piece"]))
    return Content.assemble(
        (f"{name:<8}", meaning), ("next piece ", "$muted"), (piece, "bold"), f"  {100 * likeliest['p']:.4g} %"
    )


def _gradients(norms: Answer | None) -> list[Content]:
    if norms is None:
        return [Content.styled("One token has nothing to predict, so there is no gradient.", "$muted")]
    return [
        Content.assemble(("length of the gradient of ", "$muted"), f"{name.upper()}  ", (_length(norms[name]), "bold"))
        for name in "ab"
    ]


def _length(norm: float) -> str:
    return f"{norm:.3g}" if norm else "0"


def _meaning(answer: Answer) -> str:
    norms = answer["gradients"]
    if norms is not None and not norms["a"] and not norms["b"]:
        return "Nothing changes, and nothing ever will: no gradient reaches either matrix."
    if answer["same"]:
        return "Training begins from exactly the base model. B moves first; once it is not 0, A has a gradient too."
    return "The model is disturbed before it has learned anything, and has to repair that first."
