"""Two adapters become one: what each way of merging keeps of either."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL, ROBOT
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View, Words

BARS = 84


class MergeStrategies(Figure):
    """Of each way the mean of both losses as a bar, and both in numbers."""

    ASK = ("trace", "merge_strategies.compare")
    START = "Merge two adapters"
    BUSY = "Training two adapters …"

    def __init__(self, first: str = OWL, second: str = ROBOT) -> None:
        """Args: first, second: what the two learn, with ` / ` between lines."""
        self._first = first
        self._second = second

    def controls(self) -> Sequence[Control]:
        """How much of both, and what they learn."""
        return (
            Number("weight", "weight of each", (0.5, 0.75, 1.0), 1.0),
            Number("density", "kept numbers", (0.2, 0.5, 0.8), 0.5, names={0.2: "20 %", 0.5: "50 %", 0.8: "80 %"}),
            Words("first", "The first learns, / between lines", self._first),
            Words("second", "The second learns", self._second),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """How they lie to each other, and the losses."""
        width = min(view.width, BARS)
        lines = [
            Content.styled(
                f"steps of {answer['total']}: {', '.join(str(len(one)) for one in answer['losses'])}", "$muted"
            )
        ]
        if answer["against"] is not None:
            told = Content.assemble(
                ("In ", "$muted"), (f"{answer['against']:.0f} %", "bold $problem"),
                (f" of all numbers the two pull in opposite directions; cosine {answer['cosine']:.2f}.", "$muted"),
            )  # fmt: skip
            lines = list(told.wrap(width))
        rows = answer["rows"]
        if rows:
            head = f"{'rank':>5}{'first':>8}{'second':>8}  "
            lines += [Content(), Content.styled("mean of both losses" + head.rjust(width - 19), "$muted")]
            bars = [_bar(row) for row in rows]
            lines.append(bars_content(bars, max(bar.value for bar in bars), width))
        return Content("\n").join(lines)


def _bar(row: Answer) -> Bar:
    name = row["name"]
    meaning = "$frozen" if name == "base" else "$trainable" if name.endswith("alone") else "$operation"
    rank = "-" if row["rank"] is None else row["rank"]
    return Bar(name, (row["first"] + row["second"]) / 2, f"{rank:>5}{row['first']:>8.2f}{row['second']:>8.2f}", meaning)
