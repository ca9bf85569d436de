"""What the loaded model loses when a head is silenced, one square a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Pick, Values, View
from tutor.widgets.heat import legend, scale_of

TEXTS = {"random tokens, twice": "repeated", "your prompt": "prompt"}
SHOWN = 5
"""Heads that are named."""


class AblateHead(Figure):
    """A row a head, a column a layer: how much the loss rises without it. The last layers are filled in first."""

    ASK = ("trace", "heads.ablate")
    USES_PROMPT = True
    START = "Silence every head, one at a time"
    BUSY = "Silencing heads …"

    def controls(self) -> Sequence[Control]:
        """On which text."""
        return (Pick("text", "the loss on", list(TEXTS), next(iter(TEXTS))),)

    def params(self, values: Values) -> Values:
        """The text goes by the engine's name."""
        return {"text": TEXTS[values["text"]]}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The whole model's loss, the heads that matter most, and how far it is."""
        worst = sorted(_known(answer), reverse=True)[:SHOWN]
        named = "   ".join(f"{layer}.{head} {change:+.2f}" for change, layer, head in worst)
        count = f"{answer['tokens']} token" + ("s" if answer["tokens"] > 1 else "")
        lines = [
            Content.assemble(
                (f"{answer['loss']:.3f} nats/token", "bold"), (f" with all heads, over {count}", "$muted")
            ),
            Content.assemble(("Without (layer.head):  ", "$muted"), (named, "bold $problem")),
            Content.styled(_progress(answer), "$muted"),
            legend(_scale(answer), digits=not view.colours),
        ]
        return Content("\n").join(part for line in lines for part in line.wrap(view.width))

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The change in loss of all heads."""
        table = answer["change"]
        heads, layers = len(table[0]), len(table)
        return Cells(
            [f"head {head}" for head in range(heads)],
            [f"layer {layer}" for layer in range(layers)],
            [[table[layer][head] for layer in range(layers)] for head in range(heads)],
            lambda head, layer: _change(answer, layer, head),
            numbers=False, shrinks=True,
        )  # fmt: skip


def _known(answer: Answer) -> Iterator[tuple[float, int, int]]:
    for layer, row in enumerate(answer["change"]):
        yield from ((change, layer, head) for head, change in enumerate(row) if change is not None)


def _scale(answer: Answer) -> float:
    return scale_of([[change for change, _, _ in _known(answer)]])


def _progress(answer: Answer) -> str:
    if answer["done"] < answer["all"]:
        return f"{answer['done']} of {answer['all']} heads silenced so far"
    better = sum(change < 0 for change, _, _ in _known(answer))
    return f"All {answer['all']} heads were silenced in turn; without {better} of them the loss is lower on this text."


def _change(answer: Answer, layer: int, head: int) -> Content:
    change = answer["change"][layer][head]
    if change is None:
        return Content.styled("not silenced yet", "$muted")
    style = "bold $problem" if change > 0 else "bold $trainable"
    return Content.assemble(
        (f"{change:+.4f} nats/token", style),
        (f":  {answer['loss']:.4f} with it,  {answer['loss'] + change:.4f} without", "$muted"),
    )
