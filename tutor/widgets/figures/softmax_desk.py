"""Five scores that the learner sets, and the shares that softmax makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.bars import signed_bar
from tutor.widgets.figures.base import SWITCH, Answer, Control, Figure, Number, Pick, Values, View, switch
from tutor.widgets.glyphs import bar, padded, plain_ascii

NAMES = ("mat", "sofa", "roof", "moon", "seven")
LOGITS = (2.0, 1.0, 0.0, -0.5, -1.0)
RANGE = [n / 4 for n in range(-24, 25)]
MOST = 6.0
TEMPERATURES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SHIFTS = (-1000.0, -100.0, -10.0, 0.0, 10.0, 100.0, 1000.0)
TARGETS = ("no target", "one winner", "two equal", "halves", "all even")
EXTRAS = ("temperature", "shift", "safe", "target")
WIDE, NARROW = 17, 9
"""Cells of a score's bar, zero in the middle."""


class SoftmaxDesk(Figure):
    """A bar for each score and for each share; temperature, a constant for all, overflow, entropy, and a target."""

    ASK = ("desk", "softmax.desk")

    def __init__(
        self, extras: Sequence[str] = EXTRAS, target: str = "no target", logits: Sequence[float] = LOGITS
    ) -> None:
        """Args: extras: the controls beside the scores, of `temperature`, `shift`, `safe` and `target`."""
        self._extras = extras
        self._target = target
        self._logits = logits

    def controls(self) -> Sequence[Control]:
        """The scores, and what a lesson offers beside them."""
        known: dict[str, Control] = {
            "temperature": Number("temperature", "temperature", TEMPERATURES, 1.0),
            "shift": Number("shift", "add to all", SHIFTS, 0.0),
            "safe": switch("safe", "subtract the largest", True),
            "target": Pick("target", "reach", TARGETS, self._target),
        }
        scores = [Number(name, name, RANGE, value) for name, value in zip(NAMES, self._logits, strict=True)]
        return [*scores, *(known[name] for name in self._extras)]

    def params(self, values: Values) -> Values:
        """The scores as a list."""
        params = {name: value for name, value in super().params(values).items() if name not in NAMES}
        target = params.pop("target", TARGETS[0])
        return (
            params | {"logits": [values[name] for name in NAMES]} | ({"target": target} if target != TARGETS[0] else {})
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """A line a score, then what the shares are like."""
        scores = WIDE if view.width >= 70 else NARROW
        widths = scores, max(6, view.width - scores - 36)
        power = "e^(z−max)" if SWITCH[values.get("safe", "on")] else "e^z"
        lines = [Content.styled(f"{'':<7}{'z':>8}{'':<{scores + 2}}{power:>9}{'share':>9}", "$muted")]
        lines += [_line(answer, place, values, widths) for place in range(len(NAMES))]
        lines += [Content(), *_spread(answer).wrap(view.width)]
        if "target" in answer:
            lines += _reached(answer).wrap(view.width)
        return Content("\n").join(lines)


def _line(answer: Answer, place: int, values: Values, widths: tuple[int, int]) -> Content:
    share, power = answer["shares"][place], answer["powers"][place]
    left, right = signed_bar(values[NAMES[place]], MOST, widths[0])
    drawn = bar(share or 0.0, 1, widths[1]).ljust(widths[1])
    percent = ("nan", "bold $problem") if share is None else (f"{100 * share:.1f} %", "bold")
    return Content.assemble(
        (padded(NAMES[place], 7), "$foreground"),
        (f"{answer['scores'][place]:>8.6g}  ", "$muted"),
        (left, "$heat-4"), (right, "$heat4"),
        (f"{power:>9}", "bold $problem" if power in ("inf", "nan") else "$muted"),
        (f"{percent[0]:>9} ", percent[1]),
        *_with_mark(drawn, round(answer["target"][place] * widths[1]) if "target" in answer else None),
    )  # fmt: skip


def _with_mark(drawn: str, place: int | None) -> list[tuple[str, str]]:
    """A bar, with a mark where the target is."""
    if place is None:
        return [(drawn, "$activation")]
    mark = "|" if plain_ascii() else "┃"
    return [(drawn[:place], "$activation"), (mark, "bold $operation"), (drawn[place + 1 :], "$activation")]


def _spread(answer: Answer) -> Content:
    if answer["entropy"] is None:
        return Content.assemble(
            ("e^z is too large for a float32. ", "bold $problem"),
            ("inf / inf is not a number: every share is lost.", "$problem"),
        )
    return Content.assemble(
        (f"entropy {answer['entropy']:.3f} nats", "bold"),
        (f" of at most {answer['most']:.3f}: as undecided as {answer['choices']:.1f} equal choices", "$muted"),
    )


def _reached(answer: Answer) -> Content:
    if answer["reached"]:
        return Content.styled("The target is reached.", "bold $trainable")
    off = "" if answer["off"] is None else f": the farthest share is {100 * answer['off']:.1f} points off"
    return Content.styled(f"The marks are the target{off}.", "$operation")
