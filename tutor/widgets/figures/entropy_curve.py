"""How undecided the model is, over the temperature."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.plot import Bounds

TEMPERATURES = [round(0.1 * step, 1) for step in range(31)]


class EntropyCurve(Figure):
    """Entropy of the token after the learner's prompt; a dot marks the chosen temperature."""

    ASK = ("trace", "entropy.curve")
    USES_PROMPT = True

    def controls(self) -> Sequence[Control]:
        """Where to look."""
        return (Number("temperature", "temperature", TEMPERATURES, 1.0, asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curve under the ceiling of ln V, and the numbers at the dot."""
        points, most = answer["points"], answer["most"]
        line = [(point["temperature"], point["entropy"]) for point in points]
        here = min(points, key=lambda point: abs(point["temperature"] - values["temperature"]))
        last = line[-1][0]
        series = [
            Series("all equally likely", [(0, most), (last, most)], "$muted"),
            Series("your prompt", line),
            Series("here", [(here["temperature"], here["entropy"])], "$operation", dots=True),
        ]
        axes = Axes("temperature", "entropy in nats", bounds=Bounds(0, last, 0, 1.05 * most))
        chart = chart_content(series, view.width, 14 if view.tall else 8, axes, colours=view.colours)
        says = (
            f"At {here['temperature']:g}: {here['entropy']:.2f} nats, as open as a choice among {here['choices']:,.1f} "
            f"equally likely tokens. The likeliest has {here['likeliest']:.1f} %."
        )
        return Content("\n").join([chart, Content(), Content("\n".join(wrap(says, view.width)))])
