"""What the curves of a run say, in plain words: rules on its events, each with the lesson that explains it.

`docs/labs.md` lists the rules. They are cautious: what they name can be seen in the numbers that they quote, and a run
of which nothing is said may still be a bad one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

Event = Mapping[str, Any]
Points = list[tuple[int, float]]

FEWEST = 10
"""Points of a curve below which nothing is said of its form."""
WINDOW = 5
"""Points of which a mean is taken at least: single batches differ a lot, above all where they are sorted by length."""
RISEN = 1.1
"""Losses this many times what they were have risen."""
SMALL_FALL = 0.05
"""The share by which a loss falls at least where something is learned."""
STEADY = 3.0
"""How many standard errors a slope or a difference is away from 0 where it counts as one."""
BY_HEART = 0.2
"""A training loss that falls to this share after its first epoch is falling because examples come again."""


@dataclass(frozen=True)
class Finding:
    """Something that the curves show."""

    name: str
    """Of the rule: a key of `RULES`."""
    says: str
    """What is seen, with its numbers."""
    todo: str
    topic: str
    """The lesson that explains it, such as `1.1.1`."""


@dataclass
class Curves:
    """The parts of a run's events that rules look at. Of a step that is seen twice the later counts."""

    losses: dict[int, float] = field(default_factory=dict)
    rates: dict[int, float] = field(default_factory=dict)
    norms: dict[int, float] = field(default_factory=dict)
    held_out: dict[str, dict[int, float]] = field(default_factory=dict)
    total: int = 0
    epochs: int = 1
    ended: str = ""
    """What the run said when it broke off with an error."""
    quiet: bool = False
    """A fault is planted in it, which the learner is to find."""
    stage: str = ""
    """The one that is under way."""
    trainings: set[str] = field(default_factory=set)
    """Stages that had steps."""

    def take(self, event: Event) -> None:
        """Take in the next event."""
        if event["kind"] == "step":
            step = int(event["step"])
            self.losses[step], self.norms[step] = float(event["loss"]), float(event["grad_norm"])
            self.rates[step], self.total = float(event["lr"]), int(event["total"])
            self.trainings.add(self.stage)
        elif event["kind"] == "stage":
            self.stage = str(event["name"])
        elif event["kind"] == "eval":
            self.held_out.setdefault(str(event["split"]), {})[int(event["step"])] = float(event["loss"])
        elif event["kind"] == "started":
            config = event["config"]
            self.epochs, self.ended, self.quiet = int(config.get("epochs", 1)), "", config.get("drill") == "any"
        elif event["kind"] == "finished":
            self.ended = str(event["what"]) if event["status"] == "error" else ""

    @property
    def train(self) -> Points:
        """The training loss over steps."""
        return sorted(self.losses.items())

    @property
    def reached(self) -> float:
        """The share of all steps that is done."""
        return max(self.losses, default=0) / self.total if self.total else 0.0

    def part(self, begin: float, end: float) -> float:
        """The mean training loss between two shares of the steps that were done, of `WINDOW` points at least."""
        points = self.train
        first = max(0, min(int(begin * len(points)), len(points) - WINDOW))
        return fmean(loss for _, loss in points[first : max(first + WINDOW, int(end * len(points)))])

    @property
    def error(self) -> float:
        """The standard error of a difference of two tenths, from how much a point differs from the one before it."""
        jumps = [after[1] - before[1] for before, after in itertools.pairwise(self.train)]
        return stdev(jumps) / math.sqrt(max(WINDOW, len(self.losses) // 10))

    def near(self, step: int) -> float:
        """The training loss around a step: the mean of the nearest tenth of all points."""
        nearest = sorted(self.train, key=lambda point: abs(point[0] - step))[: max(3, len(self.losses) // 10)]
        return fmean(loss for _, loss in nearest)


def nothing_supervised(run: Curves) -> Finding | None:
    """No loss or no gradient from the first step on: no token has a label, or no weight may change."""
    broke = not run.losses and ("loss became nan" in run.ended or "No token of an answer is left" in run.ended)
    idle = bool(run.losses) and all(norm == 0 for norm in run.norms.values())
    if not broke and not idle:
        return None
    says = "The gradient is 0 at every step" if idle else "There is no loss at the first step, only “not a number”"
    return Finding(
        "nothing supervised",
        f"{says}: no token is in the loss, or no weight may change.",
        "Look at one example through the mask microscope: some tokens of the answer must have labels.",
        "2.3.3",
    )


def rate_too_high(run: Curves) -> Finding | None:
    """It diverged, or the loss rose above where it began, and nothing brought it back down."""
    if run.losses and "diverged" in run.ended:
        says = "Training diverged: " + run.ended
    elif len(run.losses) < FEWEST:
        return None
    else:
        first, worst = run.part(0, 0.1), max(run.part(begin / 10, begin / 10 + 0.1) for begin in range(1, 10))
        if worst < max(RISEN * first, first + STEADY * run.error):
            return None
        says = f"The training loss rose from {first:.2f} to {worst:.2f} nats/token before it ended at "
        says += f"{run.part(0.9, 1):.2f}."
    highest = max(run.rates.values(), default=0.0)
    todo = f"Take a third of the learning rate (it went up to {highest:g}), or a longer warm-up."
    return Finding("learning rate too high", says, todo, "1.1.1")


def rate_too_low(run: Curves) -> Finding | None:
    """The loss hardly fell in all steps, although it fell steadily (or not at all)."""
    if len(run.losses) < FEWEST or run.reached < 0.6 or all(norm == 0 for norm in run.norms.values()):
        return None
    first, last = run.part(0, 0.1), run.part(0.8, 1)
    if not -RISEN < (first - last) / first < SMALL_FALL or STEADY * run.error > SMALL_FALL * first:
        return None
    slope, error = _slope(run.train)
    how = "falling steadily to the end" if slope < -STEADY * error else "no more than batches differ"
    says = f"The training loss went from {first:.2f} to {last:.2f} nats/token, {how}."
    todo = f"Take three to ten times the learning rate (it went up to {max(run.rates.values()):g})."
    return Finding("learning rate too low", says, todo, "1.1.1")


def overfitting(run: Curves) -> Finding | None:
    """A held-out loss rises while the training loss still falls."""
    for split, losses in run.held_out.items():
        points = sorted(losses.items())
        if len(points) < 3 or len(run.losses) < FEWEST:
            continue
        best, last = min(points, key=lambda point: point[1]), points[-1]
        risen, fallen = last[1] - best[1], points[0][1] - best[1]
        if risen <= max(0.02 * best[1], 0.1 * fallen) or run.near(last[0]) >= run.near(best[0]):
            continue
        says = (
            f"The held-out loss of {split} was lowest at step {best[0]} with {best[1]:.2f} nats/token; by step "
            f"{last[0]} it rose to {last[1]:.2f}, while the training loss fell on to {run.near(last[0]):.2f}."
        )
        todo = f"Stop near step {best[0]}, train on more examples, or take a lower rank or more dropout."
        return Finding("overfitting", says, todo, "2.2.3")
    return None


def leak(run: Curves) -> Finding | None:
    """What was learned by heart is known as well on held-out examples: they must be among those it learned from."""
    if run.epochs < 2 or len(run.losses) < FEWEST or run.reached < 0.6:
        return None
    first_epoch, last = run.near(round(run.total / run.epochs)), run.part(0.9, 1)
    if last > BY_HEART * first_epoch:
        return None
    for split, losses in run.held_out.items():
        step, held_out = max(losses.items())
        if step < 0.6 * run.total or held_out > 1.25 * last + 0.02:
            continue
        says = (
            f"After the first epoch the training loss fell from {first_epoch:.2f} to {last:.2f} nats/token, which "
            f"looks like learning by heart; but the held-out loss of {split} is as low, {held_out:.2f}."
        )
        todo = "Unless the task has a simple rule, held-out examples are among those it trains on: look for copies."
        return Finding("leak between splits", says, todo, "2.2.3")
    return None


def plateau(run: Curves) -> Finding | None:
    """It learned early, and the second half of the steps brought next to nothing, before the rate was low."""
    if len(run.losses) < 2 * FEWEST or run.reached < 0.95:
        return None
    first, half, later = run.part(0, 0.1), run.part(0.35, 0.5), run.part(0.6, 0.75)
    if (first - half) / first < SMALL_FALL or half - later > 0.04 * (first - half):
        return None
    if min(run.part(0.75, 1), later) < half - 0.08 * (first - half) or later > RISEN * half:
        return None
    says = (
        f"The training loss fell from {first:.2f} to {half:.2f} nats/token in half of the steps, and not below since."
    )
    todo = "Fewer steps would have done. To get lower, give it other data, a higher rank or more targets."
    return Finding("plateau", says, todo, "2.3.3")


Rule = Callable[[Curves], Finding | None]
RULES: Mapping[str, Rule] = {
    "nothing supervised": nothing_supervised,
    "learning rate too high": rate_too_high,
    "leak between splits": leak,
    "overfitting": overfitting,
    "learning rate too low": rate_too_low,
    "plateau": plateau,
}
"""In the order of their weight: the first that applies explains what later ones would say of the form of the curve."""
FORM = ("nothing supervised", "learning rate too high", "learning rate too low", "plateau")
"""Rules on the form of the training curve: of these only one is named."""


def findings(run: Curves) -> list[Finding]:
    """What the rules find, the weightiest first."""
    if run.quiet or len(run.trainings) > 1:
        return []
    found: list[Finding] = []
    for name, rule in RULES.items():
        if name in FORM and any(finding.name in FORM for finding in found):
            continue
        if finding := rule(run):
            found.append(finding)
    return found


def read(events: Iterable[Event]) -> list[Finding]:
    """What the rules find in a run's events, which come oldest first."""
    run = Curves()
    for event in events:
        run.take(event)
    return findings(run)


def _slope(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Of the least-squares line, with its standard error."""
    n, mean_x, mean_y = len(points), fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, math.sqrt(rest / (n - 2) / spread)
