"""What a run of lab-qlora-cli-help measured, read from its artefacts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.engine import bootstrap
from tutor.engine.bootstrap import Estimate
from tutor.engine.heldout import HeldOut
from tutor.engine.parity import Agreement
from tutor.engine.quantized import Matrix
from tutor.files import read_json, write_json

BASE, BASE_4BIT, LORA, QLORA = "base", "base-4bit", "lora", "qlora"
DEQUANTIZED, ORIGINAL, REQUANTIZED = "dequantized", "original", "requantized"
PATHS = {
    DEQUANTIZED: "into the dequantized 4-bit weights",
    ORIGINAL: "into the original 16-bit weights",
    REQUANTIZED: "into the 4-bit weights, quantized again",
}
"""Ways to merge an adapter that was trained on a 4-bit base."""
STORED, ARITHMETIC = "stored", "arithmetic"
MODELS = {
    BASE: "base, 16 bits",
    BASE_4BIT: "base, 4 bits",
    LORA: "LoRA on 16 bits",
    QLORA: "QLoRA on 4 bits",
    DEQUANTIZED: "QLoRA merged, dequantized base",
    ORIGINAL: "QLoRA merged, 16-bit base",
    REQUANTIZED: "QLoRA merged, quantized again",
}
"""Everything whose held-out loss is measured."""
PARTS = ("weights", "adapter", "optimizer")
"""Components of memory that can be counted tensor by tensor."""


@dataclass(frozen=True)
class Text:
    """One held-out text on which a merged model is held against the trained one."""

    positions: int
    kl: float
    """KL(trained ‖ merged) in nats, summed over positions."""
    same_top: int
    """Positions at which both predict the same token."""


@dataclass(frozen=True)
class Memory:
    """One training's memory in bytes: predicted before it, counted and measured in it."""

    predicted: dict[str, int]
    counted: dict[str, int]
    """`runtime`, what was there before the model was loaded, and `PARTS`."""
    peak: int
    place: str
    """`GPU`, or `memory` of a CPU."""
    step_seconds: float
    """Median of the steps after the first."""

    def rows(self) -> list[tuple[str, int, int]]:
        """`(component, predicted, measured)`; gradients, activations and workspace are what is left of the peak."""
        names = ["runtime", *PARTS]
        rows = [(name, self.predicted[name], self.counted[name]) for name in names]
        rest = sum(size for name, size in self.predicted.items() if name not in names)
        rows.append(("everything else", rest, self.peak - sum(self.counted.values())))
        return [*rows, ("peak", sum(self.predicted.values()), self.peak)]

    @property
    def error(self) -> float:
        """How far the predicted peak is off, as a share of the measured one."""
        return sum(self.predicted.values()) / self.peak - 1


class Found:
    """The artefacts of one run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, kind: str, name: str) -> Path:
        """Where a measurement is kept."""
        return self.directory / kind / f"{name}.json"

    def save_losses(self, model: str, losses: dict[str, HeldOut]) -> None:
        """Keep the held-out losses of one of `MODELS`, by split."""
        write_json(self.path("losses", model), {split: asdict(loss) for split, loss in losses.items()})

    @cached_property
    def losses(self) -> dict[str, HeldOut]:
        """Held-out loss of every model, all splits together."""
        return {model: _pooled(self.splits(model)) for model in MODELS}

    def splits(self, model: str) -> dict[str, HeldOut]:
        """Held-out loss of one model by split."""
        return {split: HeldOut(**each) for split, each in read_json(self.path("losses", model)).items()}

    @property
    def gap(self) -> Estimate:
        """By how many nats/token QLoRA's held-out loss is above LoRA's, paired by example."""
        return self.losses[LORA].fall_from(self.losses[QLORA])

    @property
    def gap_verdict(self) -> str:
        """Which of the two is better: `lora`, `qlora`, or `none` where the interval holds 0."""
        return {"better": LORA, "worse": QLORA, "inconclusive": "none"}[self.gap.verdict]

    def relative_fall(self, split: str) -> float:
        """The share of the 4-bit base's loss that QLoRA took away."""
        before, after = self.splits(BASE_4BIT)[split], self.splits(QLORA)[split]
        return after.fall_from(before).value / before.loss().value

    def save_matrices(self, matrices: list[Matrix]) -> None:
        """Keep what every matrix takes."""
        write_json(self.directory / "matrices.json", {each.name: [each.weights, each.bytes] for each in matrices})

    @cached_property
    def matrices(self) -> list[Matrix]:
        """Every linear layer of the 4-bit base."""
        return [Matrix(name, *sizes) for name, sizes in read_json(self.directory / "matrices.json").items()]

    @property
    def four_bit(self) -> list[Matrix]:
        """The matrices that take less than a byte a weight."""
        return [matrix for matrix in self.matrices if matrix.bytes < matrix.weights]

    @property
    def bits(self) -> float:
        """What a weight of a block takes, its share of the scales included."""
        blocks = [matrix for matrix in self.matrices if "layers." in matrix.name]
        return 8 * sum(matrix.bytes for matrix in blocks) / sum(matrix.weights for matrix in blocks)

    def save_merge(self, path: str, texts: list[Agreement]) -> None:
        """Keep how far a merged model is from the trained one, text by text."""
        # Rounding can put the divergence of two equal distributions below 0.
        rows = [
            Text(each.positions, max(0.0, each.mean_kl) * each.positions, round(each.top1 * each.positions))
            for each in texts
        ]
        write_json(self.path("merges", path), {"texts": [asdict(row) for row in rows]})

    def merge(self, path: str) -> list[Text]:
        """One of `PATHS`, `STORED` (the first of them as it is stored), or `ARITHMETIC` (what 16-bit rounding does)."""
        return [Text(**row) for row in read_json(self.path("merges", path))["texts"]]

    def kl(self, path: str) -> Estimate:
        """KL(trained ‖ merged) in nats per position."""
        texts = self.merge(path)
        return bootstrap.ratio([text.kl for text in texts], [text.positions for text in texts])

    def top1(self, path: str) -> Estimate:
        """Share of positions with the same most likely token."""
        texts = self.merge(path)
        return bootstrap.ratio([text.same_top for text in texts], [text.positions for text in texts])

    def save_memory(self, arm: str, memory: Memory) -> None:
        """Keep one training's memory."""
        write_json(self.path("memory", arm), asdict(memory))

    def memory(self, arm: str) -> Memory:
        """Memory of the training of `LORA` or `QLORA`."""
        data: dict[str, Any] = read_json(self.path("memory", arm))
        return Memory(**data)

    @property
    def slowdown(self) -> float:
        """How many times as long a step on the 4-bit base took as one on the 16-bit base."""
        return self.memory(QLORA).step_seconds / self.memory(LORA).step_seconds

    @property
    def shrinking(self) -> float:
        """How many times as large the 16-bit base's weights are as the 4-bit base's."""
        return self.memory(LORA).counted["weights"] / self.memory(QLORA).counted["weights"]


def _pooled(splits: dict[str, HeldOut]) -> HeldOut:
    parts = list(splits.values())
    return HeldOut([nats for part in parts for nats in part.nats], [count for part in parts for count in part.tokens])
