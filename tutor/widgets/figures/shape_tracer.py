"""The tensor at every stage of the learner's own forward pass, and how it grows with the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View

SAYS: Mapping[str, str] = {
    "ids": "one number a token",
    "embed": "a vector a token",
    "q": "what it looks for",
    "k": "what it offers",
    "v": "what it hands over",
    "scores": "each against each",
    "mix": "values, weighted",
    "o": "back to the stream",
    "gate": "wide: what is on",
    "up": "wide: how strong",
    "down": "narrow again",
    "logits": "scores of all tokens",
}
INSIDE = ("q", "k", "v", "scores", "mix", "o", "gate", "up", "down")
"""What every layer has."""


class ShapeTracer(Figure):
    """A row per stage: shape, bytes, arithmetic, and by how much they grew."""

    ASK = ("trace", "shape_trace.stages")
    USES_PROMPT = True
    BUSY = "Sending the prompt through the model …"

    def __init__(self, times: int = 1) -> None:
        """Args: times: how often the prompt is repeated at first."""
        self._times = times

    def controls(self) -> Sequence[Control]:
        """How often the prompt stands in the text."""
        names: dict[float, str] = {1: "the prompt", 2: "2 times it", 4: "4 times it", 8: "8 times it"}
        return (Number("times", "text", list(names), self._times, names),)

    def params(self, values: Values) -> Values:
        """A whole number."""
        return {"times": int(values["times"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The table, one layer of it in full."""
        stages = answer["stages"]
        factor = answer["tokens"][1] / answer["tokens"][0]
        grew = " grew" if factor > 1 else ""
        lines = [Content.styled(f"{'stage':<10}{'shape':<16}{'size':>8}{grew}{'FLOPs':>9}{grew}", "$muted")]
        for stage in stages:
            if stage["name"] == INSIDE[0]:
                lines.append(Content.styled(f"each of {answer['layers']} layers", "$muted"))
            lines.append(_row(stage, factor, view.width))
        return Content("\n").join([*lines, Content(), *_sum(answer).wrap(view.width)])


def _row(stage: Answer, factor: float, width: int) -> Content:
    indent = "  " if stage["name"] in INSIDE else ""
    shape = " × ".join(f"{size}" for size in stage["shape"])
    row = Content.assemble(
        (f"{indent + stage['name']:<10}", "$operation" if indent else "$foreground"),
        (f"{shape:<16}", "$activation"),
        f"{human_bytes(stage['bytes']):>8}",
        _grew(stage["bytes_grew"], factor),
        f"{_flops(stage['flops']):>9}",
        _grew(stage["flops_grew"], factor),
    )
    says = f"  {SAYS[stage['name']]}"
    return row + Content.styled(says, "$muted") if row.cell_length + len(says) <= width else row.truncate(width)


def _grew(grew: float | None, factor: float) -> tuple[str, str]:
    """How many times as much; what grows faster than the text stands out."""
    if factor == 1:
        return "", ""
    text = f"×{grew:.3g}" if grew else ""
    return f"{text:>5}", "bold $problem" if grew and grew > factor * 1.001 else "$muted"


def _flops(count: int) -> str:
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= limit:
            return f"{count / limit:.3g} {unit}"
    return str(count) if count else "-"


def _sum(answer: Answer) -> Content:
    tokens, total = answer["tokens"][1], answer["total_flops"]
    each = f"{total / tokens / 1e6:,.1f} million"
    return Content.styled(
        f"{tokens} tokens, {_flops(total)}FLOPs in all layers: {each} for each token. A FLOP is one multiplication or "
        "addition; those of norms and sums are not counted.",
        "$muted",
    )
