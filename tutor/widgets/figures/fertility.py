"""Tokens a word against the number of merges, on real text."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View, Words

CORPORA = {"this course": "course", "Python code": "python"}
PER_WORD, PER_TOKEN, TIME = "tokens a word", "bytes a token", "training time"
CHARTS = (PER_WORD, PER_TOKEN, TIME)
LINES = {
    "seen": ("the text it learned from", "$trainable"),
    "unseen": ("lines it never saw", "$activation"),
    "own": ("your text", "$operation"),
}
OWN = "The scattered tokens of an extraordinarily unusual sentence"


class Fertility(Figure):
    """How the cost of a text falls as merges are learned, and how long learning takes."""

    ASK = ("desk", "fertility.curve")
    BUSY = "Learning merges …"

    def __init__(self, corpus: str = "this course", own: str = OWN) -> None:
        """Args: corpus: `this course` or `Python code`; own: the learner's text at first."""
        self._corpus = corpus
        self._own = own

    def controls(self) -> Sequence[Control]:
        """What to learn from, what to measure, and the learner's own text."""
        return (
            Words("own", "Your own text", self._own),
            Pick("corpus", "learn from", list(CORPORA), self._corpus),
            Pick("show", "show", CHARTS, PER_WORD, asks=False),
        )

    def params(self, values: Values) -> Values:
        """The corpus goes by the engine's name."""
        return super().params(values) | {"corpus": CORPORA[values["corpus"]]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The chart, and in words where it ends."""
        points = [point for point in answer["points"] if point["merges"]]
        says = _says(answer).wrap(view.width)
        axes = Axes("merges learned", values["show"], log_x=True)
        series = _series(answer, points, values["show"])
        height = 13 if view.tall else 8
        chart = chart_content(series, view.width, height, axes, colours=view.colours)
        return Content("\n").join([chart, Content(), *says])


def _series(answer: Answer, points: Sequence[Answer], show: str) -> list[Series]:
    if show == TIME:
        return [Series("seconds, our Python", [(p["merges"], p["seconds"]) for p in points], "$operation")]
    key = "per_word" if show == PER_WORD else "per_token"
    return [
        Series(name, [(p["merges"], p[text][key]) for p in points], meaning)
        for text, (name, meaning) in LINES.items()
        if text in answer["texts"]
    ]


def _says(answer: Answer) -> Content:
    """First and last point in numbers, and how the library compares."""
    first, last = answer["points"][0], answer["points"][-1]
    size = answer["texts"]["seen"]
    lines = [
        f"Learned from {size['words']:,} words: {first['seen']['per_word']:.2f} tokens a word without a merge, "
        f"{last['seen']['per_word']:.2f} after {last['merges']:,}."
    ]
    if library := answer["library"]:
        lines.append(
            f" Time: {last['seconds']:.2f} s here in Python; {library['seconds']:.2f} s in the tokenizers library, "
            f"which learned {library['same']:,} of the same {last['merges']:,} merges."
        )
    return Content.styled("".join(lines), "$muted")
