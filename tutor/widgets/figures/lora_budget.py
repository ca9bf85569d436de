"""A budget of trainable parameters, spent on the matrices of the layers."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.what_if import TIERS
from tutor.widgets.glyphs import bar

RANKS = (1, 2, 4, 8, 16, 32, 64)
BUDGETS = {1e5: "0.1 M", 5e5: "0.5 M", 1e6: "1 M", 2e6: "2 M", 5e6: "5 M", 1e7: "10 M", 2e7: "20 M", 1e8: "100 M"}
TARGETS = ("q and v", "attention", "MLP", "all seven")


class LoraBudget(Figure):
    """Frozen and trainable parameters of each kind of matrix, and whether they fit the budget."""

    ASK = ("desk", "lora_budget.spend")

    def __init__(self, tier: str = "nano", budget: float = 1e6) -> None:
        """Args: tier: the size to begin with; budget: trainable parameters that may be spent."""
        self._tier = tier
        self._budget = budget

    def controls(self) -> Sequence[Control]:
        """Where the adapters go, how wide they are, and how much may be spent."""
        return (
            Pick("tier", "model", TIERS, self._tier),
            Pick("targets", "adapters on", TARGETS, "attention"),
            Number("rank", "rank", RANKS, 8),
            Number("budget", "budget", list(BUDGETS), self._budget, names=BUDGETS, asks=False),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line per kind of matrix, then the bill."""
        room = view.width - 54
        largest = max(answer["each"].values())
        head = f"{'matrix':<10}{'in → out':>15}{'frozen':>15}{'trainable':>12}"
        lines = [Content.styled(head, "$muted")]
        for matrix in answer["matrices"]:
            shape = f"{matrix['inputs']:,} → {matrix['outputs']:,}"
            trainable = matrix["trainable"]
            lines.append(
                Content.assemble(
                    (f"{matrix['name']:<10}{shape:>15}", "$foreground"), (f"{matrix['frozen']:>15,}", "$frozen"),
                    (f"{trainable:>12,}  " if trainable else f"{'-':>12}  ", "$trainable"),
                    (bar(trainable, largest, room) if room > 8 else "", "$trainable"),
                )
            )  # fmt: skip
        return Content("\n").join([*lines, Content(), *_bill(answer, values["budget"], view.width)])


def _bill(answer: Answer, budget: float, width: int) -> list[Content]:
    spent, room = answer["trainable"], min(40, width - 24)
    fits = spent <= budget
    meaning = "$trainable" if fits else "$problem"
    rank = answer["per_rank"]
    says = f" {100 * spent / budget:,.0f} % spent" if fits else " over budget"
    return [
        Content.assemble(
            ("budget  ", "$muted"), (bar(spent, budget, room).ljust(room), meaning), (says, meaning),
        ),
        Content.assemble(
            (f"{spent:,}", "bold $trainable"), f" trainable: {answer['percent']:.3f} % of {answer['total']:,}"
        ),
        Content.styled(f"In a file: {2 * spent / 1e6:.1f} MB in 16 bits, {4 * spent / 1e6:.1f} MB in 32.", "$muted"),
        Content.styled(f"Rank 1 costs {rank:,}: the budget buys rank {budget // rank:,.0f}.", "$muted"),
    ]  # fmt: skip
