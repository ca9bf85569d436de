"""What was measured of base and tuned model on the held-out questions, kept as JSON in the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor.clihelp.scores import Corpus, Score, corpus, nearest_answers, score
from tutor.clihelp.task import FEW_SHOT, HELD_OUT, NEAREST, TUNED, ZERO_SHOT, Progress, Task
from tutor.engine import bootstrap
from tutor.engine.bootstrap import Estimate
from tutor.engine.heldout import HeldOut
from tutor.files import write_whole


@dataclass(frozen=True)
class Evaluation:
    """Losses and answers of one model."""

    losses: dict[str, HeldOut]
    """By split."""
    answers: dict[str, dict[str, list[str]]]
    """By method (`ZERO_SHOT`, `TUNED`, ...) and split."""

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_whole(path, json.dumps(asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read what `save` wrote."""
        data = json.loads(path.read_text())
        return cls({split: HeldOut(**loss) for split, loss in data["losses"].items()}, data["answers"])


def evaluate_base(task: Task, model: Any, max_new_tokens: int, progress: Progress) -> Evaluation:
    """The base model's losses, its answers without and with examples, and answers copied from the nearest question."""
    losses = {split: task.losses(model, split) for split in HELD_OUT}
    known = [(record.prompt, record.completion) for record in task.records["train"]]
    answers: dict[str, dict[str, list[str]]] = {ZERO_SHOT: {}, FEW_SHOT: {}, NEAREST: {}}
    for split in HELD_OUT:
        answers[ZERO_SHOT][split] = task.answers(model, task.questions(split), max_new_tokens, progress)
        answers[FEW_SHOT][split] = task.answers(model, task.with_examples(split), max_new_tokens, progress)
        answers[NEAREST][split] = nearest_answers([record.prompt for record in task.records[split]], known)
    return Evaluation(losses, answers)


def evaluate_tuned(task: Task, model: Any, max_new_tokens: int, progress: Progress) -> Evaluation:
    """The tuned model's losses, on the training data too, and its answers."""
    losses = {split: task.losses(model, split) for split in (*HELD_OUT, "train")}
    answers = {split: task.answers(model, task.questions(split), max_new_tokens, progress) for split in HELD_OUT}
    return Evaluation(losses, {TUNED: answers})


@dataclass(frozen=True)
class SplitScores:
    """Every answer of one split by one method, scored."""

    each: list[Score]
    whole: Corpus

    def values(self, metric: str) -> list[float]:
        """One metric of every answer."""
        return [float(getattr(score, metric)) for score in self.each]

    def mean(self, metric: str) -> Estimate:
        """The metric's mean with its interval."""
        return bootstrap.mean(self.values(metric))

    def margin(self, over: SplitScores, metric: str) -> Estimate:
        """How much higher the metric is here than in `over`, paired by question."""
        return bootstrap.difference(self.values(metric), over.values(metric))


def score_all(references: Mapping[str, list[str]], *evaluations: Evaluation) -> dict[str, dict[str, SplitScores]]:
    """Scores by split and method, against the right answers of each split."""
    answers: dict[str, Mapping[str, list[str]]] = {}
    for evaluation in evaluations:
        answers |= evaluation.answers
    return {
        split: {method: _score_split(given[split], references[split]) for method, given in answers.items()}
        for split in HELD_OUT
    }


def _score_split(answers: list[str], references: list[str]) -> SplitScores:
    each = [score(answer, reference) for answer, reference in zip(answers, references, strict=True)]
    return SplitScores(each, corpus(answers, references))
