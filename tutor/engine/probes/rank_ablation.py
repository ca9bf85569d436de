"""Adapters of several ranks, or on several matrices, trained for seconds and compared over seeds, for lesson 2.3.3."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, MLP_TARGETS
from tutor.engine.loaded import Loaded
from tutor.engine.lora_scale import FIXED_RATIO, alpha_of, scale_of
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call, Message
from tutor.engine.rank_texts import HELD_OUT, TRAIN
from tutor.engine.rank_trials import BATCH, BLOCKS, ENERGY, STEPS, Bench, Outcome, Trial
from tutor.engine.trials import Spread, difference

__all__ = ["grid", "places", "skills", "used"]

RANKS = "4 8 16 32"
LR = 1e-2
SEEDS = 3
BUDGET_RANK = 16
"""The rank on attention whose parameters the arms of `places` spend."""
_known: dict[tuple[str, Trial], Outcome] = {}
"""Trials of this process that ended: a changed option repeats none of them."""
_untrained: dict[str, tuple[float, float]] = {}


Outcomes = list[Outcome]
"""Of one arm, seed by seed."""


@dataclass(frozen=True)
class Arm:
    """One row of a comparison."""

    name: str
    rank: int
    targets: tuple[str, ...]


def grid(
    call: Call, loaded: Loaded, ranks: str = RANKS, rule: str = FIXED_RATIO, lr: float = LR, seeds: int = SEEDS
) -> Message:
    """An adapter of every rank on q, k, v and o, once for each seed.

    Returns:
        What `_compared` describes. Streams it after every trial.
    """
    arms = [Arm(f"rank {rank}", int(rank), ATTENTION_TARGETS) for rank in ranks.split()]
    return _finished(call, loaded, arms, rule, lr, seeds)[0]


def places(call: Call, loaded: Loaded, lr: float = LR, seeds: int = SEEDS) -> Message:
    """About as many parameters on attention, on the MLP, and on all seven matrices of each block; else like `grid`.

    `cases`: whether the MLP alone comes out below each other place, by more than chance.
    """
    per_rank = lora_parameters(loaded.architecture, 1)
    arms = []
    for name, targets in (("attention", ATTENTION_TARGETS), ("MLP", MLP_TARGETS), ("all seven", LINEAR_TARGETS)):
        rank = round(BUDGET_RANK * per_rank / lora_parameters(loaded.architecture, 1, targets))
        arms.append(Arm(name, max(1, rank), targets))
    answer, outcomes = _finished(call, loaded, arms, FIXED_RATIO, lr, seeds)
    attention, mlp, everywhere = outcomes
    cases = [_case("MLP below attention", mlp, attention), _case("MLP below all seven", mlp, everywhere)]
    return answer | {"cases": cases}


def skills(call: Call, loaded: Loaded) -> Message:
    """Does every step up in rank learn more? `cases`, one for each step; it holds where the runs can tell."""
    arms = [Arm(f"rank {rank}", int(rank), ATTENTION_TARGETS) for rank in RANKS.split()]
    answer, outcomes = _finished(call, loaded, arms, FIXED_RATIO, LR, SEEDS)
    steps = itertools.pairwise(zip(arms, outcomes, strict=True))
    cases = [
        _case(f"{low.rank} → {high.rank} lowers the loss", after, before) for (low, before), (high, after) in steps
    ]
    return {"cases": cases, "elbow": answer["elbow"], "source": answer["source"]}


def used(call: Call, loaded: Loaded, rank: int = 32) -> Message:
    """How many directions one trained adapter of `rank` uses: the `effective` rank of its changes."""
    trial = Trial(rank, alpha_of(FIXED_RATIO, rank), ATTENTION_TARGETS, LR, 0)
    with torch.enable_grad():
        outcome = next(found for _, found in _trials(call, loaded, [trial]) if found is not None)
    return {"rank": rank, "effective": outcome.effective, "share": ENERGY, "source": _source(loaded)}


def _finished(
    call: Call, loaded: Loaded, arms: Sequence[Arm], rule: str, lr: float, seeds: int
) -> tuple[Message, list[Outcomes]]:
    """Run what is left to run, seed by seed, and say after each trial how things stand."""
    trials = [
        Trial(arm.rank, alpha_of(rule, arm.rank), arm.targets, lr, seed) for seed in range(int(seeds)) for arm in arms
    ]
    outcomes: list[Outcomes] = [[] for _ in arms]
    answer: Message = {}
    with torch.enable_grad():
        for place, outcome in _trials(call, loaded, trials):
            if outcome is not None:
                outcomes[place % len(arms)].append(outcome)
            answer = _compared(loaded, arms, rule, lr, outcomes, int(seeds))
            call.part(**answer)
    return answer, outcomes


def _trials(call: Call, loaded: Loaded, trials: Sequence[Trial]) -> Iterator[tuple[int, Outcome | None]]:
    """The outcome of each trial with its place; first of all nothing, once the untrained losses are known."""
    where = str(loaded.directory)
    bench: Bench | None = None
    if where not in _untrained:
        bench = Bench(loaded.model, loaded.tokenizer)
        with torch.no_grad():
            train, held_out = (bench.losses(rows).mean().item() for rows in (bench.train, bench.held_out))
        _untrained[where] = train, held_out
        yield 0, None
    for place, trial in enumerate(trials):
        call.check()
        if (where, trial) not in _known:
            bench = bench or Bench(loaded.model, loaded.tokenizer)
            _known[where, trial] = bench.run(trial, call.check)
        yield place, _known[where, trial]


def _compared(
    loaded: Loaded, arms: Sequence[Arm], rule: str, lr: float, outcomes: Sequence[Outcomes], seeds: int
) -> Message:
    """How things stand.

    Returns:
        `rows`, one an arm that has a trial: `name`, `rank`, `scale`, trained `parameters` as PEFT counts them,
        `closed_form` as r (in + out) gives them, `megabytes` in fp32, `everywhere` (parameters if all blocks had one),
        the lists `train`, `held_out`, `seconds`, `effective` over seeds, `mean` and `sd` of the held-out loss.
        `untrained` losses, `done` of `all` trials. Once all are done: `best` (lowest mean), `ties` (names of those that
        the runs cannot tell from it), `elbow` (rank of the smallest of them all; `elbows` has 1 for
        it and 0 for the others), `pairs` (each against the best) and
        `says` (`better`, `worse`, `same` of the largest against the smallest; 1 for what it is).
    """
    blocks = min(BLOCKS, loaded.architecture.layers)
    rows = [_row(loaded, arm, rule, found, blocks) for arm, found in zip(arms, outcomes, strict=True) if found]
    train, held_out = _untrained.get(str(loaded.directory), (None, None))
    done, every = sum(map(len, outcomes)), len(arms) * seeds
    answer: Message = {
        "rows": rows, "untrained": {"train": train, "held_out": held_out}, "done": done, "all": every, "seeds": seeds,
        "rule": rule, "lr": lr, "steps": STEPS, "batch": BATCH, "texts": len(TRAIN), "held_out_texts": len(HELD_OUT),
        "blocks": blocks, "layers": loaded.architecture.layers, "source": _source(loaded),
    }  # fmt: skip
    return answer | _verdict(rows, outcomes) if done == every else answer


def _row(loaded: Loaded, arm: Arm, rule: str, found: Outcomes, blocks: int) -> dict[str, Any]:
    everywhere = lora_parameters(loaded.architecture, arm.rank, arm.targets)
    losses = [outcome.loss for outcome in found]
    spread = Spread.of(losses)
    return {
        "name": arm.name, "rank": arm.rank, "scale": scale_of(rule, arm.rank), "parameters": found[0].parameters,
        "closed_form": everywhere // loaded.architecture.layers * blocks, "megabytes": 4e-6 * found[0].parameters,
        "everywhere": everywhere, "train": [outcome.train for outcome in found], "held_out": losses,
        "seconds": [outcome.seconds for outcome in found], "effective": [outcome.effective for outcome in found],
        "mean": spread.mean, "sd": spread.sd if len(losses) > 1 else None,
    }  # fmt: skip


def _verdict(rows: Sequence[dict[str, Any]], outcomes: Sequence[Outcomes]) -> dict[str, Any]:
    best = min(range(len(rows)), key=lambda place: rows[place]["mean"])
    pairs = [
        {"name": row["name"], **_against(found, outcomes[best])}
        for row, found in zip(rows, outcomes, strict=True)
        if row is not rows[best]
    ]
    ties = [pair["name"] for pair in pairs if pair["low"] <= 0]
    enough = [row for row in rows if row is rows[best] or row["name"] in ties]
    elbow = min(enough, key=lambda row: int(row["parameters"]))["rank"]
    ends = _against(outcomes[0], outcomes[-1])
    says = {"better": ends["low"] > 0, "worse": ends["high"] < 0, "same": ends["low"] <= 0 <= ends["high"]}
    return {
        "best": rows[best]["name"],
        "ties": ties,
        "pairs": pairs,
        "elbow": elbow,
        "elbows": {str(row["rank"]): int(row["rank"] == elbow) for row in rows},
        "says": {word: int(true) for word, true in says.items()},
        "ends": ends,
    }


def _against(ours: Outcomes, theirs: Outcomes) -> dict[str, float]:
    """How much higher the held-out loss of `ours` is, seed by seed and example by example."""
    found = difference([outcome.held_out for outcome in ours], [outcome.held_out for outcome in theirs])
    return {"difference": found.value, "low": found.low, "high": found.high}


def _case(name: str, lower: Outcomes, higher: Outcomes) -> dict[str, Any]:
    """A case that holds where the runs can tell that `lower` is lower."""
    found = _against(lower, higher)
    says = f"{found['difference']:+.3f} nats/token, 95 % from {found['low']:+.3f} to {found['high']:+.3f}"
    return {"name": name, "value": says, "holds": found["high"] < 0}


def _source(loaded: Loaded) -> str:
    return f"{loaded.source}; {STEPS} steps of {BATCH} one-line texts, trained here"
