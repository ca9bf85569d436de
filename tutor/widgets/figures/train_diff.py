"""Full fine-tuning and LoRA learn the same lines: both losses as they fall, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.texts import OWL, OWL_QUESTION
from tutor.text import human_bytes
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words, switch
from tutor.widgets.figures.lora_budget import TARGETS
from tutor.widgets.figures.race import span
from tutor.widgets.plot import Bounds

MEANINGS = {"LoRA": "$trainable", "full": "$operation"}
NAMES = {"LoRA": "LoRA", "full": "full fine-tuning"}
COLUMN = 20


class TrainDiff(Figure):
    """`training` on begins and goes on, off pauses."""

    ASK = ("trace", "train_diff.run")
    BUSY = "Training …"

    def __init__(self, lines: str = OWL, question: str = OWL_QUESTION) -> None:
        """Args: lines: to learn, with ` / ` between them; question: a text that both go on with afterwards."""
        self._lines = lines
        self._question = question

    def controls(self) -> Sequence[Control]:
        """Start and pause; the adapter; the data."""
        return (
            switch("go", "training", False),
            Pick("targets", "adapters on", TARGETS, "attention"),
            Number("rank", "rank r", (1, 2, 4, 8, 16, 32), 8),
            Words("lines", "Lines to learn, / between them", self._lines),
            Words("question", "Beginning of a text", self._question),
        )

    def params(self, values: Values) -> Values:
        """The rank is whole."""
        return super().params(values) | {"rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The curves, then a column for each method."""
        lines = [_state(answer), _chart(answer, view), Content(), *_table(answer["methods"])]
        lines += [
            Content.styled(f"{NAMES[row['name']]}: {row['absent']}.", "$problem")
            for row in answer["methods"]
            if row["absent"]
        ]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))


def _state(answer: Answer) -> Content:
    steps = min(len(row["losses"]) for row in answer["methods"] if not row["absent"])
    total = answer["total"]
    if steps == total:
        says, meaning = "finished", "$trainable"
    elif answer["go"]:
        says, meaning = "training", "$operation"
    else:
        says, meaning = ("paused" if steps else "not started: set “training” to on"), "$muted"
    return Content.assemble(
        (says, f"bold {meaning}"), (f"   step {steps} of {total}, {answer['tokens']} tokens a step", "$muted")
    )


def _chart(answer: Answer, view: View) -> Content:
    rows = answer["methods"]
    highest = max((loss for row in rows for loss in row["losses"]), default=1.0)
    series = [Series(NAMES[row["name"]], list(enumerate(row["losses"], 1)), MEANINGS[row["name"]]) for row in rows]
    axes = Axes("step", "loss, nats/token", bounds=Bounds(1, answer["total"], 0, highest))
    if not any(row["losses"] for row in rows):
        return Content()
    return chart_content(series, view.width, 11 if view.tall else 6, axes, colours=view.colours)


def _table(rows: Sequence[Answer]) -> list[Content]:
    head = Content.assemble(
        (f"{'':<16}", ""), *((f"{NAMES[row['name']]:>{COLUMN}}", f"bold {MEANINGS[row['name']]}") for row in rows)
    )
    cells = {
        "time of a step": [_time(row) for row in rows],
        "trainable": [f"{row['trainable']:,}" for row in rows],
        "memory, computed": [human_bytes(sum(row["kept"].values())) for row in rows],
        "process grew by": ["-" if row["grew"] is None else human_bytes(max(0, row["grew"])) for row in rows],
        "last loss": [f"{row['losses'][-1]:.3f}" if row["losses"] else "-" for row in rows],
    }
    return [head, *(
        Content.assemble((f"{name:<16}", "$muted"), "".join(f"{text:>{COLUMN}}" for text in texts))
        for name, texts in cells.items()
    )]  # fmt: skip


def _time(row: Answer) -> str:
    if row["seconds"] is None:
        return "-"
    middle, low, high = row["seconds"]
    return f"{span(middle)} ±{50 * (high - low) / middle:.0f} %" if high > low else span(middle)
