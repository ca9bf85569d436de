"""One preference pair token by token: what policy and reference give each token of both answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.beside import beside
from tutor.widgets.glyphs import padded, visible

GAP = 3
WIDEST = 56
"""Cells of an answer."""
NUMBERS = 24
"""Cells of reference, policy and their difference."""


def pair_content(pair: Mapping[str, Any], beta: float, width: int) -> Content:
    """Both answers side by side, a line a token, then their sums; at most `width` cells wide.

    Args:
        pair: for `chosen` and `rejected` the lists `pieces`, `policy` and `reference` (nats of each token).
        beta: what makes rewards of log-ratios.
    """
    moved = {side: sum(pair[side]["policy"]) - sum(pair[side]["reference"]) for side in ("chosen", "rejected")}
    margin = moved["chosen"] - moved["rejected"]
    column = min(WIDEST, (width - GAP - 1) // 2)
    chosen, rejected = (_answer(name, pair[name], beta, column, style) for name, style in SIDES.items())
    style = "bold $trainable" if margin > 0 else "bold $problem"
    sums = Content.assemble(
        ("margin  ", "$muted"),
        (f"{margin:+.3f} nats", style),
        f"  × beta {beta:g} = ",
        (f"{beta * margin:+.4f}", style),
    )
    return Content("\n").join([sums, Content(), beside(chosen, rejected, GAP)])


SIDES = {"chosen": "$trainable", "rejected": "$problem"}


def _answer(name: str, answer: Mapping[str, Any], beta: float, width: int, style: str) -> Content:
    policy, reference = sum(answer["policy"]), sum(answer["reference"])
    moved = policy - reference
    room = width - NUMBERS
    most = max(
        (abs(ours - theirs) for ours, theirs in zip(answer["policy"], answer["reference"], strict=True)), default=0
    )
    lines = [
        Content.assemble((padded(name, room), f"bold {style}"), (f"{'ref':>8}{'policy':>8}{'moved':>8}", "$muted")),
        *(
            _token(piece, theirs, ours, most, room)
            for piece, ours, theirs in zip(answer["pieces"], answer["policy"], answer["reference"], strict=True)
        ),
        Content.assemble(
            (padded("sum", room), "bold"), f"{reference:>8.2f}{policy:>8.2f}", (f"{moved:>+8.2f}", "bold"),
        ),
        Content.assemble((padded("reward", room), "bold"), (f"{beta * moved:>+{NUMBERS}.4f}", "bold")),
    ]  # fmt: skip
    return Content("\n").join(lines)


def _token(piece: str, reference: float, policy: float, most: float, room: int) -> Content:
    text = visible(clean_text(piece))
    while cell_len(text) > room - 1:
        text = text[:-1]
    moved = policy - reference
    strong = abs(moved) > most / 4
    style = ("$trainable" if moved > 0 else "$problem") if strong else "$muted"
    numbers = (f"{reference:>8.2f}{policy:>8.2f}", "$foreground" if strong else "$muted")
    return Content.assemble((padded(text, room), "$foreground"), numbers, (f"{moved:>+8.2f}", style))
