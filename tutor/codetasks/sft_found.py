"""What a run of lab-sft-chat left behind, read again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.codetasks.data import Data
from tutor.codetasks.evaluation import EVALUATION, Evaluation, failures
from tutor.engine.bootstrap import Estimate, difference, mean
from tutor.engine.mask_view import MaskCheck
from tutor.files import read_json

DATA, MASK = "data.json", "mask.json"
BASE, TUNED = "base", "tuned"


@dataclass(frozen=True)
class Found:
    """The artefacts of one run. Everything else is computed from them each time; answers are run again."""

    directory: Path

    @cached_property
    def data(self) -> Data:
        """What was trained and measured on."""
        return Data.load(self.directory / DATA)

    @cached_property
    def shown(self) -> list[dict[str, Any]]:
        """Conversations with role, label and loss of every token."""
        conversations: list[dict[str, Any]] = read_json(self.directory / MASK)["conversations"]
        return conversations

    @cached_property
    def mask(self) -> MaskCheck:
        """The mask of all training conversations, checked."""
        return MaskCheck(**read_json(self.directory / MASK)["check"])

    @cached_property
    def models(self) -> dict[str, Evaluation]:
        """What was measured of the base and the tuned model."""
        return {name: Evaluation.load(self.directory / EVALUATION / f"{name}.json") for name in (BASE, TUNED)}

    def loss(self, model: str, split: str) -> Estimate:
        """On a held-out split, in nats/token."""
        return self.models[model].losses[split].loss()

    def fall(self, split: str) -> Estimate:
        """nats/token by which the tuned model is less surprised, paired by conversation."""
        return self.models[TUNED].losses[split].fall_from(self.models[BASE].losses[split])

    def relative_fall(self, split: str) -> float:
        """The same as a share of the base model's loss."""
        return self.fall(split).value / self.loss(BASE, split).value

    @cached_property
    def failed(self) -> dict[str, list[str]]:
        """What each answer failed with when run just now, '' where it passed; empty without tasks."""
        if not self.data.tasks:
            return {}
        return {name: failures(self.data.judged, model.answers) for name, model in self.models.items()}

    def passed(self, model: str) -> list[float]:
        """1 for each task whose first answer passes its tests, else 0."""
        return [float(not failure) for failure in self.failed[model]]

    def pass_at_1(self, model: str) -> Estimate:
        """The share of tasks solved with the first answer."""
        return mean(self.passed(model))

    @property
    def gain(self) -> Estimate:
        """By how much the tuned model's pass@1 is higher, paired by task."""
        return difference(self.passed(TUNED), self.passed(BASE))

    def stopped(self, model: str) -> Estimate:
        """The share of answers that end by themselves."""
        return mean([float(answer.stopped) for answer in self.models[model].answers])

    def formatted(self, model: str) -> Estimate:
        """The share of answers that are one function in a block and nothing else."""
        return mean([float(answer.formatted) for answer in self.models[model].answers])

    @property
    def forgotten(self) -> Estimate:
        """By how much the loss on a text of another kind rose, in nats/token; below 0 it fell."""
        return difference(self.models[TUNED].passage, self.models[BASE].passage)
