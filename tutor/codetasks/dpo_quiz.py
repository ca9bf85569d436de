"""Questions about a run of lab-dpo-preference, made of its own numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from tutor.codetasks.dpo_found import AFTER, BEFORE, Found
from tutor.questions import Question


def questions(found: Found, seed: str, config: Mapping[str, Any]) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    asked = [_loss(found, chance, float(config["beta"])), _displaced(found, chance), _misranked(found), _swap(found)]
    return [*asked, *(_of_tasks(found) if found.data.tasks else ())]


def _loss(found: Found, chance: random.Random, beta: float) -> Question:
    """The loss of one pair, from what both answers moved."""
    scored = chance.choice(found.scored)
    chosen, rejected = round(scored.chosen, 2), round(scored.rejected, 2)
    advantage = chosen - rejected
    return Question(
        "loss",
        f"Pair {scored.name}: log π moved from the reference by {chosen:+.2f} nats for the chosen answer and by "
        f"{rejected:+.2f} for the rejected one. With beta = {beta:g}, what is its DPO loss (sigmoid)?",
        answer=(f"{math.log1p(math.exp(-beta * advantage)):.4f}",),
        tolerance=0.02,
        why=f"h = {chosen:g} - ({rejected:g}) = {advantage:.2f}, and the loss is -log σ({beta:g} · {advantage:.2f}).",
    )


def _displaced(found: Found, chance: random.Random) -> Question:
    """One pair, to be read in pairs.json."""
    number = chance.randrange(len(found.pairs))
    scored = found.scored[number]
    right = "rose" if scored.chosen > 0 else "apart" if scored.advantage > 0 else "fell"
    return Question(
        "pair",
        f"Pair {scored.name} in pairs.json: sum what policy and reference give the tokens of its answers. "
        "What happened?",
        {
            "rose": "The chosen answer became more likely",
            "apart": "It became less likely, the rejected one even less",
            "fell": "It became less likely, and the rejected one gained on it",
        },
        (right,),
        why=f"Chosen {scored.chosen:+.2f} nats, rejected {scored.rejected:+.2f}; margin {scored.advantage:+.2f}.",
    )


def _misranked(found: Found) -> Question:
    wrong = sum(sum(pair["chosen"]["policy"]) < sum(pair["rejected"]["policy"]) for pair in found.pairs)
    return Question(
        "misranked",
        f"For how many of the {len(found.pairs)} held-out pairs is the wrong answer still the more likely one?",
        answer=(str(wrong),),
        why="To move the right way is not to arrive: a pair can begin far on the wrong side.",
    )


def _swap(found: Found) -> Question:
    undecided = sum(each.winner == 0 for each in found.judged)
    return Question(
        "order",
        f"The model judged {len(found.judged)} pairs of answers, each in both orders. How often did the order decide?",
        answer=(str(undecided),),
        why="A judge that says A whichever answer stands there knows nothing; asked in one order only, it seems to.",
    )


def _of_tasks(found: Found) -> Iterator[Question]:
    won = sum(after > before for before, after in zip(found.passed[BEFORE], found.passed[AFTER], strict=True))
    yield Question(
        "won",
        f"Of the {len(found.tasks)} tasks that were answered, how many does only the trained model solve?",
        answer=(str(won),),
        why=f"pass@1 changed by {found.gain.value:+.2f}.",
    )
