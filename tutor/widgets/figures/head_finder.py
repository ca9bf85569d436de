"""The habits of every head of the loaded model, one square a head."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Pick, Values, View

HABITS = {
    "previous token": ("previous", "weight on the token just before"),
    "first token": ("first", "weight on the first token, where heads with nothing to say park"),
    "induction": ("induction", "weight on what followed an earlier copy, on random tokens said twice"),
    "entropy": ("entropy", "nats; high where a head looks at many tokens evenly"),
}


class HeadFinder(Figure):
    """A row a head, a column a layer; the best heads of each habit by name."""

    ASK = ("trace", "heads.scores")
    USES_PROMPT = True
    BUSY = "Scoring every head …"

    def __init__(self, habit: str = "previous token") -> None:
        """Args: habit: the one that is coloured at first."""
        self._habit = habit

    def controls(self) -> Sequence[Control]:
        """Which habit is coloured."""
        return (Pick("habit", "colour by", list(HABITS), self._habit, asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The three best heads of every habit, as layer.head."""
        lines = [Content.styled(f"{'':<16}{'best heads, as layer.head':<40}", "$muted")]
        lines += [_best(answer, habit, chosen=habit == values["habit"]) for habit in HABITS]
        says = Content.styled(f"{values['habit']}: {HABITS[values['habit']][1]}", "$muted")
        return Content("\n").join([*lines, Content(), *says.wrap(view.width)])

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The habit of all heads."""
        table = answer["scores"][HABITS[values["habit"]][0]]
        heads, layers = len(table[0]), len(table)
        return Cells(
            [f"head {head}" for head in range(heads)],
            [f"layer {layer}" for layer in range(layers)],
            [[table[layer][head] for layer in range(layers)] for head in range(heads)],
            lambda head, layer: _all_scores(answer, layer, head),
            scale="share", numbers=False, shrinks=True,
        )  # fmt: skip


def _best(answer: Answer, habit: str, *, chosen: bool) -> Content:
    best = "   ".join(
        f"{item['layer']}.{item['head']} {item['score']:.2f}" for item in answer["best"][HABITS[habit][0]]
    )
    return Content.assemble((f"{habit:<16}", "bold" if chosen else "$muted"), (best, "$activation" if chosen else ""))


def _all_scores(answer: Answer, layer: int, head: int) -> Content:
    scores = [f"{habit} {answer['scores'][name][layer][head]:.2f}" for habit, (name, _) in HABITS.items()]
    return Content.styled(",  ".join(scores), "$muted")
