"""The DPO loss of one pair: move both answers, and see reward, loss and gradient."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import signed_bar
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View

BETAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MOVES = [float(nats) for nats in range(-20, 21)]
BAR = 21
"""Cells of a bar, zero in the middle."""
FORMULAS = {"sigmoid": "-log σ(β h)", "ipo": "(h - 1 / 2β)²"}


class PreferenceDesk(Figure):
    """How far chosen and rejected have moved from the reference, above the loss of their difference."""

    ASK = ("desk", "preference.desk")

    def __init__(self, beta: float = 0.1, chosen: float = 0.0, rejected: float = 0.0) -> None:
        """Args: chosen, rejected: nats that the answers begin with."""
        self._beta, self._chosen, self._rejected = beta, chosen, rejected

    def controls(self) -> Sequence[Control]:
        """Both answers, how hard the reference holds, and the loss."""
        return (
            Number("chosen", "chosen moved", MOVES, self._chosen),
            Number("rejected", "rejected moved", MOVES, self._rejected),
            Number("beta", "beta", BETAS, self._beta),
            Pick("loss", "loss", tuple(FORMULAS), "sigmoid"),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line for each answer, then what follows from their difference, then where that is on the curve."""
        here = [(answer["h"], answer["loss"])]
        series = [Series("loss", answer["curve"], "$muted"), Series("your pair", here, "$operation", dots=True)]
        axes = Axes("h, nats", FORMULAS[values["loss"]])
        lines = [
            _answer("chosen", values["chosen"], answer["rewards"][0], "$trainable"),
            _answer("rejected", values["rejected"], answer["rewards"][1], "$problem"),
            Content(),
            *(part for line in _sums(answer, values) for part in line.wrap(view.width)),
            Content(),
            chart_content(series, view.width, 12 if view.tall else 6, axes, colours=view.colours),
        ]
        return Content("\n").join(lines)


def _answer(name: str, moved: float, reward: float, meaning: str) -> Content:
    left, right = signed_bar(moved, MOVES[-1], BAR)
    return Content.assemble(
        f"{name:<9}", (left, "$heat-4"), (right, "$heat4"), f"{moved:>+5.0f} nats", ("  reward ", "$muted"),
        (f"{reward:+.2f}", f"bold {meaning}"),
    )  # fmt: skip


def _sums(answer: Answer, values: Values) -> list[Content]:
    lines = [
        Content.assemble(
            (f"h = {answer['h']:+.0f} nats", "bold"), f": the chosen answer wins with {answer['wins']:.1%}. Loss ",
            (f"{answer['loss']:.4f}", "bold"), (f", before anything moved {answer['before']:.4f}", "$muted"),
        ),
        Content.assemble(
            ("gradient ", "$muted"), (f"{answer['gradient']:+.2g}", "bold"),
            (f" for each nat of h. {_pull(answer['gradient'])}", "$muted"),
        ),
    ]  # fmt: skip
    if values["chosen"] < 0 < answer["h"]:
        lines.append(
            Content.styled(
                "The chosen answer became less likely: likelihood displacement. The loss fell anyway, for it sees only "
                "the difference.",
                "$problem",
            )
        )
    return lines


def _pull(gradient: float) -> str:
    if abs(gradient) < 1e-3:
        return "Hardly anything pulls any more."
    if gradient > 0:
        return "It pulls the answers together: they are farther apart than this loss wants."
    return "A step makes chosen likelier and rejected less likely, each by the same pull."
