"""The numbers of lab-lora-cli-help: base and tuned model compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutor.clihelp.evaluation import Evaluation, SplitScores, score_all
from tutor.clihelp.rows import ROWS
from tutor.clihelp.scores import METRICS
from tutor.clihelp.task import BASELINES, HELD_OUT, TUNED, ZERO_SHOT
from tutor.engine.bootstrap import Estimate
from tutor.files import read_json

MARGINS = (("structure", ZERO_SHOT), *(("chrf", baseline) for baseline in BASELINES))
"""(metric, baseline) in which the tuned model must be better."""


@dataclass(frozen=True)
class Measured:
    """Everything measured of the models, in the shape the report needs."""

    before: Evaluation
    after: Evaluation
    scores: dict[str, dict[str, SplitScores]]
    """By split and method."""
    prompts: dict[str, list[str]]
    references: dict[str, list[str]]

    @classmethod
    def read(cls, directory: Path) -> Measured:
        """Score what both models answered in the run in `directory`."""
        before, after = (Evaluation.load(directory / "evaluation" / f"{name}.json") for name in ("base", "tuned"))
        asked = read_json(directory / ROWS)["asked"]
        prompts, references = ({split: asked[split][part] for split in HELD_OUT} for part in ("prompts", "answers"))
        return cls(before, after, score_all(references, before, after), prompts, references)

    def fall(self, split: str) -> Estimate:
        """nats/token by which the tuned model is less surprised, paired by example."""
        return self.after.losses[split].fall_from(self.before.losses[split])

    def relative_fall(self, split: str) -> float:
        """The same as a share of the base model's loss."""
        return self.fall(split).value / self.before.losses[split].loss().value

    def gap(self, split: str) -> float:
        """How much higher the tuned model's loss is on a held-out split than on the training data, in nats/token."""
        return self.after.losses[split].loss().value - self.after.losses["train"].loss().value

    def margins(self) -> Iterator[tuple[str, str, str, Estimate]]:
        """(split, metric, baseline, by how much the tuned model is better)."""
        for split in HELD_OUT:
            scores = self.scores[split]
            for metric, baseline in MARGINS:
                yield split, metric, baseline, scores[TUNED].margin(scores[baseline], metric)

    def samples(self, split: str, count: int) -> Iterator[tuple[str, str, str, str]]:
        """(question, reference, the base model's answer, the tuned model's answer)."""
        base, tuned = self.before.answers[ZERO_SHOT][split], self.after.answers[TUNED][split]
        yield from list(zip(self.prompts[split], self.references[split], base, tuned, strict=True))[:count]

    def results(self) -> Iterator[tuple[str, float | Estimate, str, str]]:
        """(name, value, unit, note) of every number worth keeping."""
        for split in HELD_OUT:
            for name, evaluation in ((ZERO_SHOT, self.before), (TUNED, self.after)):
                loss = evaluation.losses[split].loss()
                yield f"loss {name} {split}", loss, "nats/token", ""
            yield f"loss fall {split}", self.fall(split), "nats/token", ""
            yield f"loss gap {split}", self.gap(split), "nats/token", "held out minus training data"
            for method, scores in self.scores[split].items():
                for metric in METRICS:
                    yield f"{metric} {method} {split}", scores.mean(metric), "", ""
                yield f"BLEU {method} {split}", scores.whole.bleu, "", scores.whole.bleu_signature
                yield f"chrF {method} {split}", scores.whole.chrf, "", scores.whole.chrf_signature
        train = self.after.losses["train"].loss()
        yield "loss tuned train", train, "nats/token", ""
