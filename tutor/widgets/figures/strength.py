"""An adapter that was trained while you watch, added in any strength."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL, OWL_QUESTION
from tutor.text import clean_text
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words
from tutor.widgets.figures.learning import learning_lines
from tutor.widgets.plot import Bounds

STRENGTHS = tuple(n / 4 for n in range(9))


class Strength(Figure):
    """The training, both continuations, and what strength does to two losses."""

    ASK = ("trace", "strength.generate")
    BUSY = "Training an adapter on your lines …"

    def __init__(self, lines: str = OWL, question: str = OWL_QUESTION, rank: int = 8) -> None:
        """Args: lines: to learn, with ` / ` between them; question: a text to go on with; rank: of the adapter."""
        self._lines = lines
        self._question = question
        self._rank = rank

    def controls(self) -> Sequence[Control]:
        """What to learn, how to go on, and how strong."""
        return (
            Number("strength", "strength", STRENGTHS, 1.0),
            Number("rank", "rank r", (1, 2, 4, 8, 16, 32), self._rank),
            Words("lines", "Lines to learn, / between them", self._lines),
            Words("question", "Beginning of a text", self._question),
        )

    def params(self, values: Values) -> Values:
        """The rank is whole."""
        return super().params(values) | {"rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What was learned, what is written, what it cost."""
        lines = [*learning_lines(answer, view.width), Content()]
        if answer["text"] is not None:
            name = f"strength {answer['strength']:g}"
            lines += _goes_on(name, answer["question"], answer["text"], "$trainable", view.width)
        if answer["base"] is not None:
            lines += _goes_on("base, 0", answer["question"], answer["base"], "$frozen", view.width)
        if len(answer["curve"]) > 1:
            lines += [Content(), _curve(answer, values["strength"], view)]
        return Content("\n").join(lines)


def _goes_on(name: str, question: str, text: str, meaning: str, width: int) -> list[Content]:
    told = Content.assemble(
        (f"{name:<14}", meaning), (f"{clean_text(question)} ", "$muted"),
        (" ".join(clean_text(text).split()) or "(ends)", "bold"),
    )  # fmt: skip
    return list(told.wrap(width))


def _curve(answer: Answer, strength: float, view: View) -> Content:
    curve = answer["curve"]
    most = max(point[name] for point in curve for name in ("own", "other"))
    series = [
        Series("", [(strength, most * y / 20) for y in range(21)], "$operation"),
        Series("your lines", [(point["strength"], point["own"]) for point in curve], "$trainable"),
        Series("unrelated text", [(point["strength"], point["other"]) for point in curve], "$frozen"),
    ]
    axes = Axes("strength", "loss, nats/token", bounds=Bounds(0, 2, 0, most * 1.05))
    return chart_content(series, view.width, 10 if view.tall else 7, axes, colours=view.colours)
