"""Two nets learn the same small text: one from nothing, one from a head start."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import padded, visible


class ScratchVsTuned(Figure):
    """Both losses on text that neither has seen, and what both write in the end."""

    ASK = ("desk", "scratch_vs_tuned.race")
    BUSY = "Training …"

    def __init__(self, task: str = "glossary", head_start: int = 1500) -> None:
        """Args: task: `glossary` or `Python`; head_start: steps of pretraining."""
        self._task = task
        self._head_start = head_start

    def controls(self) -> Sequence[Control]:
        """What is learned, after how much pretraining, and how fast."""
        return (
            Pick("task", "text", ("glossary", "Python"), self._task),
            Number("head_start", "pretraining steps", (0, 300, 1500, 3000), self._head_start),
            Number("rate", "learning rate", (0.003, 0.01, 0.02, 0.05, 0.1), 0.02),
            Number("seed", "seed", range(5), 0),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curves, then the race in numbers."""
        series = [
            Series("from scratch", answer["scratch"], "$activation"),
            Series("pretrained", answer["tuned"], "$trainable"),
            Series("guessing, ln(V)", [(0, answer["uniform"]), (answer["total"], answer["uniform"])], "$muted"),
        ]
        axes = Axes("steps on the small text", "loss")
        drawn = chart_content(series, view.width, 12 if view.tall else 8, axes, colours=view.colours)
        lines = [_pretraining(answer, view.width), drawn]
        if answer["steps"]:
            lines += [Content(), *_result(answer), Content(), *_samples(answer["samples"], view.width)]
        return Content("\n").join(lines)


def _pretraining(answer: Answer, width: int) -> Content:
    points = answer["pretraining"]
    (_, first), (step, last) = points[0], points[-1]
    told = Content.assemble(
        ("pretraining ", "$muted"), f"{int(step)} of {answer['head_start']} steps",
        ("   loss ", "$muted"), f"{first:.2f} to {last:.2f}",
    )  # fmt: skip
    size = Content.styled(f"   {answer['parameters']:,} parameters", "$muted")
    return told + size if told.cell_length + size.cell_length <= width else told


def _result(answer: Answer) -> list[Content]:
    best, tuned = answer["goal"], answer["steps"]["tuned"]
    lowest = min(loss for _, loss in answer["tuned"])
    reached = f"at step {tuned}" if tuned is not None else "never"
    return [
        Content.assemble(
            ("from scratch  ", "$activation"), f"{best:.2f} at best, at step {answer['steps']['scratch']}"
        ),
        Content.assemble(("pretrained    ", "$trainable"), f"as good {reached}; {lowest:.2f} at best"),
    ]


def _samples(samples: Answer, width: int) -> list[Content]:
    """What a net of this size writes is no text yet, but of another kind of nonsense."""
    room = max(8, width - 15)
    return [
        Content.assemble((name, "$muted"), padded(visible(clean_text(samples[key])), room).rstrip())
        for key, name in (("scratch", "scratch writes "), ("tuned", "tuned writes   "))
    ]
