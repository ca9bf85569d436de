"""Questions about a run of lab-rank-ablation, made of its own numbers."""

from __future__ import annotations

import random

from tutor.engine.trials import Spread, spread
from tutor.insight.ranks_found import RANKS, Found
from tutor.questions import Question

ENDS = {
    "larger": "the larger rank is better",
    "smaller": "the smaller rank is better",
    "none": "no significant difference",
}


def questions(found: Found, seed: str) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    return [_conclusion(found), _as_good(found), _recommended(found), _parameters(found, chance), _used(found, chance)]


def _conclusion(found: Found) -> Question:
    smallest, *_, largest = found.ranks
    gap = found.ends
    return Question(
        "conclusion",
        f"The held-out loss at r={smallest} minus that at r={largest} is {gap.value:+.4f} nats/token, with a 95 % "
        f"interval from {gap.low:+.4f} to {gap.high:+.4f} over seeds and examples. What do you conclude?",
        ENDS,
        (found.conclusion,),
        why="Only an interval that leaves out 0 proves a difference. To find none is a result too.",
    )


def _as_good(found: Found) -> Question:
    above = {rank: found.above_best(rank) for rank in found.ranks if rank != found.best}
    lines = "; ".join(f"r={rank}: {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]" for rank, gap in above.items())
    return Question(
        "group",
        f"r={found.best} has the lowest mean loss. Above it, in nats/token: {lines}. Name all ranks that are not worse "
        "than the best by more than chance, the best itself too, as 4, 8.",
        answer=(", ".join(map(str, found.as_good)),),
        why="Those whose interval holds 0 or lies below it share the first place.",
    )


def _recommended(found: Found) -> Question:
    spreads: dict[int, Spread] = {rank: spread(trials) for rank, trials in found.ranks.items()}
    lines = "; ".join(f"r={rank}: {each}" for rank, each in spreads.items())
    return Question(
        "recommend",
        f"Mean loss and standard deviation over seeds: {lines}. Which is the smallest rank within one standard "
        "deviation (of the best one) of the best?",
        answer=(str(found.recommendation[0]),),
        why=f"The best has {spreads[found.best]}: every rank up to the sum counts.",
    )


def _parameters(found: Found, chance: random.Random) -> Question:
    main = [trials[0] for trials in found.by_setup.values() if trials[0].setup.arm == RANKS]
    one, other = chance.sample(main, 2)
    return Question(
        "parameters",
        f"The adapter of r={one.setup.r} has {one.parameters:,} parameters. How many has that of r={other.setup.r}, on "
        "the same layers?",
        answer=(str(other.parameters),),
        tolerance=0.001,
        why="A and B have r · (inputs + outputs) numbers together: proportional to r.",
    )


def _used(found: Found, chance: random.Random) -> Question:
    trial = chance.choice([trial for trial in found.trials if trial.setup.arm == RANKS])
    used = trial.effective_rank
    return Question(
        "used",
        f"In {trial.name}, {used:.1f} singular values of a layer's ΔW hold 95 % of its energy, on average. Which share "
        "of the rank that you paid for is that (0 to 1)?",
        answer=(f"{used / trial.setup.r:.3g}",),
        tolerance=0.03,
        why="ΔW = B A cannot have more than r singular values, and training seldom uses all of them equally.",
    )
