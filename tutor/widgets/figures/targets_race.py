"""Three places for an adapter, at one budget: how quickly each learns."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words

MEANINGS = {"attention": "$activation", "MLP": "$operation", "all seven": "$trainable"}


class TargetsRace(Figure):
    """Three curves, then each in numbers."""

    ASK = ("trace", "targets_race.run")
    START = "Start the race"
    BUSY = "Training three adapters, a step of each in turn …"

    def __init__(self, lines: str = OWL) -> None:
        """Args: lines: to learn, with ` / ` between them."""
        self._lines = lines

    def controls(self) -> Sequence[Control]:
        """How much may be spent, and on what."""
        return (
            Number("rank", "rank on attention", (2, 4, 8, 16), 8),
            Words("lines", "Lines to learn, / between them", self._lines),
        )

    def params(self, values: Values) -> Values:
        """The rank is whole."""
        return super().params(values) | {"rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curves, and what was spent on them."""
        series = [Series(row["name"], list(enumerate(row["losses"])), MEANINGS[row["name"]]) for row in answer["rows"]]
        axes = Axes("steps", "loss, nats/token")
        chart = chart_content(series, view.width, 12 if view.tall else 8, axes, colours=view.colours)
        head = f"{'adapters on':<12}{'rank':>5}{'trainable':>12}{'last loss':>11}{'unrelated':>11}"
        lines = [chart, Content(), Content.styled(head, "$muted"), *(_row(row) for row in answer["rows"])]
        if answer["base"] is not None:
            lines.append(Content.styled(f"{'base model':<40}{answer['base']:>11.3f}", "$muted"))
        return Content("\n").join(lines)


def _row(row: Answer) -> Content:
    last = f"{row['losses'][-1]:.3f}" if row["losses"] else "-"
    other = "-" if row["other"] is None else f"{row['other']:.3f}"
    return Content.assemble(
        (f"{row['name']:<12}", MEANINGS[row["name"]]),
        f"{row['rank']:>5}{row['trainable']:>12,}", (f"{last:>11}", "bold"), f"{other:>11}",
    )  # fmt: skip
