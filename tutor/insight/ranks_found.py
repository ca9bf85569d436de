"""What a run of lab-rank-ablation measured, read from its artefacts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.engine.bootstrap import Estimate
from tutor.engine.heldout import HeldOut
from tutor.engine.lora_scale import FIXED_ALPHA, FIXED_RATIO, RSLORA, scale_of
from tutor.engine.trials import Spread, difference, recommended, spread
from tutor.files import read_json, write_json

RANKS, TARGETS, DATA, ALPHA = "ranks", "targets", "data", "alpha"
ARMS = {
    RANKS: "rank",
    TARGETS: "which layers, at equal parameters",
    DATA: "how much data, at equal steps",
    ALPHA: "how alpha follows the rank",
}
RULES = {"ratio": FIXED_RATIO, "fixed": FIXED_ALPHA, "rslora": RSLORA}
"""Values of the option `alpha_rule`, and in the names of setups."""


@dataclass(frozen=True)
class Setup:
    """What a trial varies; each is repeated with every seed."""

    name: str
    arm: str
    r: int
    rule: str
    """One of `RULES`."""
    targets: tuple[str, ...]
    share: float = 1.0
    """Of the training data, seen 1 / share times."""


@dataclass(frozen=True)
class Trial:
    """One training, measured."""

    setup: Setup
    seed: int
    parameters: int
    scaling: float
    """As the adapter's layers had it."""
    adapter_bytes: int
    seen: list[int]
    """Tokens read in each step: the budget, and the mark of an order."""
    train: HeldOut
    """On examples that it trained on."""
    heldout: HeldOut
    seconds: float
    """Spent in steps."""
    peak: int
    """Bytes: resident in the process, or in use on the GPU."""
    predicted: int
    """What the memory planner said before."""
    effective_rank: float
    """Singular values of ΔW that hold 95 % of its energy, mean over layers."""

    @property
    def name(self) -> str:
        """Names its directory."""
        return trial_name(self.setup, self.seed)

    def follows_rule(self, reference: int, scale: float) -> bool:
        """Whether the adapter was as strong as its setup says, where all rules give `scale` at the rank `reference`."""
        wanted = scale_of(RULES[self.setup.rule], self.setup.r, reference, scale)
        return math.isclose(self.scaling, wanted, rel_tol=1e-6)


def trial_name(setup: Setup, seed: int) -> str:
    """`r8-seed2`."""
    return f"{setup.name}-seed{seed}"


class Found:
    """The artefacts of one run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def folder(self, name: str) -> Path:
        """Where one trial is kept."""
        return self.directory / "trials" / name

    def has(self, name: str) -> bool:
        """Whether a trial is finished."""
        return (self.folder(name) / "trial.json").is_file()

    def save(self, trial: Trial) -> None:
        """Keep a finished trial."""
        write_json(self.folder(trial.name) / "trial.json", asdict(trial))

    @cached_property
    def trials(self) -> list[Trial]:
        """All that are finished, in the order of their names."""
        return [_read(path) for path in sorted(self.directory.glob("trials/*/trial.json"))]

    @cached_property
    def design(self) -> dict[str, Any]:
        """`setups`, `seeds`, `references` by arm, `base` (its loss), `total` and adapters' `parameters`, hashes."""
        return read_json(self.directory / "design.json")

    @property
    def base(self) -> HeldOut:
        """The loss of the model without an adapter."""
        return HeldOut(**self.design["base"])

    @cached_property
    def by_setup(self) -> dict[str, list[Trial]]:
        """Finished trials by setup, in the order of the design; each seed by seed."""
        order = {setup["name"]: list[Trial]() for setup in self.design["setups"]}
        for trial in sorted(self.trials, key=lambda trial: trial.seed):
            order[trial.setup.name].append(trial)
        return {name: trials for name, trials in order.items() if trials}

    @property
    def unequal_orders(self) -> int:
        """Trials whose steps read other tokens than the first setup's with the same seed, on all the data."""
        whole = [trial for trial in self.trials if trial.setup.share == 1]
        steps = min(len(trial.seen) for trial in whole)
        first = next(iter(self.by_setup.values()))
        wanted = {trial.seed: trial.seen[:steps] for trial in first}
        return sum(trial.seen[:steps] != wanted.get(trial.seed) for trial in whole)

    def losses(self, name: str) -> list[HeldOut]:
        """Held-out losses of a setup, seed by seed."""
        return [trial.heldout for trial in self.by_setup[name]]

    def spread(self, name: str) -> Spread:
        """Its held-out loss in nats/token, over seeds."""
        return spread(self.losses(name))

    @cached_property
    def ranks(self) -> dict[int, list[HeldOut]]:
        """Held-out losses of the main arm by rank, smallest first."""
        main = {trials[0].setup.r: name for name, trials in self.by_setup.items() if trials[0].setup.arm == RANKS}
        return {rank: self.losses(main[rank]) for rank in sorted(main)}

    @cached_property
    def recommendation(self) -> tuple[int, dict[int, float]]:
        """The smallest rank within one standard deviation of the best, and the share of resamples for each rank."""
        return recommended(self.ranks)

    @property
    def best(self) -> int:
        """The rank with the lowest mean loss."""
        return min(self.ranks, key=lambda rank: spread(self.ranks[rank]).mean)

    def above_best(self, rank: int) -> Estimate:
        """By how much a rank's loss is above the best one's."""
        return difference(self.ranks[rank], self.ranks[self.best])

    @cached_property
    def as_good(self) -> list[int]:
        """The ranks that are not worse than the best by more than chance."""
        return [rank for rank in self.ranks if rank == self.best or self.above_best(rank).low <= 0]

    @property
    def ends(self) -> Estimate:
        """By how much the smallest rank's loss is above the largest one's."""
        smallest, *_, largest = self.ranks
        return difference(self.ranks[smallest], self.ranks[largest])

    @property
    def conclusion(self) -> str:
        """`larger`, `smaller` or `none`: which end is better, if that is more than chance."""
        return {"better": "larger", "worse": "smaller", "inconclusive": "none"}[self.ends.verdict]

    def reference(self, arm: str) -> str:
        """The setup of the main arm that the others of an arm are held against."""
        return str(self.design["references"][arm])

    def against(self, name: str) -> Estimate:
        """By how much a setup's loss is above its arm's reference."""
        arm = self.by_setup[name][0].setup.arm
        return difference(self.losses(name), self.losses(self.reference(arm)))

    @property
    def memory_growth(self) -> float:
        """The peak of the largest rank as a multiple of the smallest one's."""
        smallest, *_, largest = self.ranks
        peaks = {
            rank: [t.peak for t in self.trials if t.setup.arm == RANKS and t.setup.r == rank] for rank in self.ranks
        }
        return (sum(peaks[largest]) / len(peaks[largest])) / (sum(peaks[smallest]) / len(peaks[smallest]))

    def memory_error(self, name: str) -> float:
        """How far the predicted peak of a setup is off, as a share of the mean measured one."""
        trials = self.by_setup[name]
        return trials[0].predicted * len(trials) / sum(trial.peak for trial in trials) - 1

    @cached_property
    def frontier(self) -> set[str]:
        """Setups that no other beats in parameters and mean loss at once."""
        points = {name: (trials[0].parameters, self.spread(name).mean) for name, trials in self.by_setup.items()}
        return {
            name
            for name, (cost, loss) in points.items()
            if not any(a <= cost and b <= loss and (a, b) != (cost, loss) for a, b in points.values())
        }


def _read(path: Path) -> Trial:
    data = read_json(path)
    setup = Setup(**data["setup"] | {"targets": tuple(data["setup"]["targets"])})
    losses = {name: HeldOut(**data[name]) for name in ("train", "heldout")}
    return Trial(**data | losses | {"setup": setup})
