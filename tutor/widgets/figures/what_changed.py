"""Before and after: what the model writes, and what it lost elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer, Figure, Values, View
from tutor.widgets.figures.learning import training_lines
from tutor.widgets.figures.train_diff import MEANINGS, NAMES


class WhatChanged(Figure):
    """Answers of the base and of both methods, and their losses on the lines learned and on others."""

    ASK = ("trace", "train_diff.run")
    BUSY = "Training both …"

    def params(self, values: Values) -> Values:
        """What was trained last."""
        return {}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A text each, then the losses."""
        lines = training_lines(answer, view.width)
        known = list(_known(answer))
        if known:
            lines += [Content(), Content.styled(clean_text(answer["question"]) + " …", "$muted")]
        for name, meaning, judged in known:
            text = " ".join(clean_text(judged["text"]).split()) or "(ends)"
            lines += Content.assemble((f"{name:<17}", meaning), (text, "bold")).wrap(view.width)
        if known:
            lines += [
                Content(),
                Content.styled(f"{'loss, nats/token':<17}{'your lines':>12}{'unrelated':>12}{'change':>10}", "$muted"),
            ]
            base = known[0][2]
            lines += [_losses(name, meaning, judged, base) for name, meaning, judged in known]
        return Content("\n").join(lines)


def _known(answer: Answer) -> Iterator[tuple[str, str, Answer]]:
    if answer["base"] is not None:
        yield "base", "$frozen", answer["base"]
    for row in answer["methods"]:
        if row["result"] is not None:
            yield NAMES[row["name"]], MEANINGS[row["name"]], row["result"]


def _losses(name: str, meaning: str, judged: Answer, base: Answer) -> Content:
    change = judged["other"] - base["other"]
    forgot = "" if judged is base else f"{change:+.3f}"
    return Content.assemble(
        (f"{name:<17}", meaning), f"{judged['own']:>12.3f}{judged['other']:>12.3f}",
        (f"{forgot:>10}", "$problem" if change > 0.005 else "$muted"),
    )  # fmt: skip
