"""What a run of lab-dpo-preference left behind, read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.codetasks.data import Data
from tutor.codetasks.evaluation import EVALUATION, Evaluation, failures
from tutor.codetasks.judge import Judgement
from tutor.codetasks.task import CodeTask
from tutor.engine.bootstrap import Estimate, difference, mean
from tutor.engine.dpo import Scored
from tutor.engine.preference import PairExample, PairLogProbs
from tutor.files import read_json, write_json

DATA, START, REFERENCE, FIRST = "data.json", "start.json", "reference.json", "first.json"
PAIRS, KL, JUDGED = "pairs.json", "kl.json", "judged.json"
BEFORE, AFTER = "start", "tuned"


@dataclass(frozen=True)
class Found:
    """The artefacts of one run. Everything else is computed from them each time; answers are run again."""

    directory: Path

    @cached_property
    def data(self) -> Data:
        """What was trained and measured on."""
        return Data.load(self.directory / DATA)

    @cached_property
    def start(self) -> dict[str, Any]:
        """`name` of the model before, `run` it came from ('' for none), and what that was `asked` in training."""
        return read_json(self.directory / START)

    @cached_property
    def first(self) -> dict[str, Any]:
        """The first step: its `loss`, what it `should` be, and its pairs' `advantages` in nats."""
        return read_json(self.directory / FIRST)

    @cached_property
    def pairs(self) -> list[dict[str, Any]]:
        """Every held-out pair, token by token, under the trained policy and the reference."""
        rows: list[dict[str, Any]] = read_json(self.directory / PAIRS)["pairs"]
        return rows

    @cached_property
    def lengths(self) -> Estimate:
        """Tokens of a chosen answer for each of a rejected one, in the training data."""
        lengths = read_json(self.directory / REFERENCE)["lengths"]
        return mean([chosen / rejected for chosen, rejected in lengths])

    @cached_property
    def scored(self) -> list[Scored]:
        """The held-out pairs against the reference."""
        return [Scored(pair["name"], *(_moved(pair[side]) for side in ("chosen", "rejected"))) for pair in self.pairs]

    @property
    def accuracy(self) -> Estimate:
        """The share of held-out pairs that the policy holds further apart, the right way round, than the reference."""
        return mean([float(each.advantage > 0) for each in self.scored])

    @property
    def displacement(self) -> Estimate:
        """By how many nats the log-probability of a chosen answer rose; below 0 it fell."""
        return mean([each.chosen for each in self.scored])

    def ranked(self, model: str) -> Estimate:
        """The share of held-out pairs whose right answer is the more likely one: `reference` or `policy`."""
        return mean([float(sum(pair["chosen"][model]) > sum(pair["rejected"][model])) for pair in self.pairs])

    @cached_property
    def kl(self) -> Estimate:
        """KL(π ‖ π_ref) in nats/token on answers of the policy, over answers."""
        return mean(read_json(self.directory / KL)["answers"])

    @cached_property
    def judged(self) -> list[Judgement]:
        """What the model from before says of the answers: the new one against its own."""
        return [Judgement(**each) for each in read_json(self.directory / JUDGED)["judgements"]]

    @cached_property
    def models(self) -> dict[str, Evaluation]:
        """What was measured of both models."""
        return {name: Evaluation.load(self.directory / EVALUATION / f"{name}.json") for name in (BEFORE, AFTER)}

    @property
    def tasks(self) -> list[CodeTask]:
        """The tasks that were answered."""
        return asked_tasks(self.data, len(self.models[BEFORE].answers))

    @cached_property
    def passed(self) -> dict[str, list[float]]:
        """1 for each task whose first answer passes its tests when run just now, else 0; by model."""
        return {
            name: [float(not failure) for failure in failures(self.tasks, model.answers)]
            for name, model in self.models.items()
        }

    @property
    def gain(self) -> Estimate:
        """By how much pass@1 rose, paired by task."""
        return difference(self.passed[AFTER], self.passed[BEFORE])

    @property
    def longer(self) -> float:
        """Tokens of an answer after training for each before."""
        before, after = (sum(each.tokens for each in self.models[name].answers) for name in (BEFORE, AFTER))
        return after / before

    @property
    def leaked(self) -> int:
        """Held-out questions that were trained on, here or in the run that this one started from."""
        known = {pair.question[-1]["content"] for pair in self.data.pairs["train"]} | set(self.start["asked"])
        held = [pair for name in self.data.held_out for pair in self.data.pairs[name]]
        return sum(pair.question[-1]["content"] in known for pair in held)


def asked_tasks(data: Data, count: int) -> list[CodeTask]:
    """`count` held-out tasks, of both kinds in turn."""
    kinds = [data.tasks.get(name, []) for name in data.held_out]
    longest = max(map(len, kinds))
    mixed = [kind[place] for place in range(longest) for kind in kinds if place < len(kind)]
    return mixed[:count]


def save_pairs(
    path: Path,
    tokenizer: Any,
    pairs: Sequence[PairExample],
    policy: Sequence[PairLogProbs],
    reference: Sequence[PairLogProbs],
) -> None:
    """Pairs as JSON: the pieces of both answers, with the nats that policy and reference give each."""
    rows = []
    for pair, ours, theirs in zip(pairs, policy, reference, strict=True):
        row: dict[str, Any] = {"name": pair.name, "asked": tokenizer.decode(pair.shared[: pair.asked])}
        for side in ("chosen", "rejected"):
            ids = (*pair.shared[pair.asked :], *getattr(pair, side))
            row[side] = {"pieces": [tokenizer.decode([token]) for token in ids]}
            for name, found in (("policy", ours), ("reference", theirs)):
                row[side][name] = [
                    round(float(value), 5) for part in (found.shared, getattr(found, side)) for value in part
                ]
        rows.append(row)
    write_json(path, {"pairs": rows})


def _moved(answer: dict[str, list[float]]) -> float:
    return sum(answer["policy"]) - sum(answer["reference"])
