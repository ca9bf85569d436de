"""Direct preference optimization (Rafailov et al. 2023): a better answer made more likely than a worse one.

The loss of a pair is `tutor.engine.objective`'s. π_ref is the model as it was before; its log-probabilities are
computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from tutor.engine.batches import epoch_batches
from tutor.engine.chatdata import Example
from tutor.engine.objective import Objective
from tutor.engine.preference import PairExample, PairLogProbs, pair_log_probs
from tutor.engine.training import Settings, Step, Training


@dataclass(frozen=True)
class Scored:
    """One pair under the policy and the reference, in nats."""

    name: str
    chosen: float
    """log π(chosen) - log π_ref(chosen): β times this is its implicit reward."""
    rejected: float

    @property
    def advantage(self) -> float:
        """h: how much further apart the policy holds the answers than the reference does."""
        return self.chosen - self.rejected


class PreferenceTraining(Training):
    """`Training` on pairs. `scored` holds the pairs of the last step, as they were before its update."""

    def __init__(
        self, model: Any, pairs: Sequence[PairExample], objective: Objective, settings: Settings, pad_id: int
    ) -> None:
        super().__init__(model, pairs, settings, pad_id)  # type: ignore[arg-type]
        self._objective = objective
        self.scored: list[Scored] = []

    def step(self, lr: float | None = None) -> Step:
        """As `Training.step`."""
        self.scored = []
        return super().step(lr)

    def _backward(self, batch: Sequence[Example], supervised: int) -> float:
        pairs: Sequence[PairExample] = batch  # type: ignore[assignment]
        found = pair_log_probs(self.model, pairs, self._pad_id)
        advantages = torch.stack([each.margin - margin(pair) for each, pair in zip(found, pairs, strict=True)])
        loss = self._objective.of(advantages).sum() / supervised
        self.accelerator.backward(loss)
        self.scored += [score(pair, each) for pair, each in zip(pairs, found, strict=True)]
        return float(loss.detach())


def margin(pair: PairExample) -> float:
    """The reference's log π_ref(chosen) - log π_ref(rejected)."""
    return pair.reference[0] - pair.reference[1]


def score(pair: PairExample, found: PairLogProbs) -> Scored:
    """A pair held against its reference."""
    chosen, rejected = found.totals
    return Scored(pair.name, chosen - pair.reference[0], rejected - pair.reference[1])


@torch.inference_mode()
def log_probs_of_all(
    model: Any,
    pairs: Sequence[PairExample],
    pad_id: int,
    batch_size: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[PairLogProbs]:
    """`pair_log_probs` of a whole split, in its order; `progress` gets (done, total) pairs.

    The batches are those of the first epoch of a training with this seed: with others, a sum rounded in bf16 could
    differ, and the first margin would not be 0.
    """
    was_training = model.training
    model.eval()
    found: dict[int, PairLogProbs] = {}
    for batch in epoch_batches([len(pair.ids) for pair in pairs], batch_size, seed, 0):
        progress(len(found), len(pairs))
        for index, each in zip(batch, pair_log_probs(model, [pairs[i] for i in batch], pad_id), strict=True):
            found[index] = each
    model.train(was_training)
    return [found[index] for index in range(len(pairs))]


def with_reference(pairs: Sequence[PairExample], found: Sequence[PairLogProbs]) -> list[PairExample]:
    """Pairs that know what the reference gives them."""
    return [replace(pair, reference=each.totals) for pair, each in zip(pairs, found, strict=True)]


def kl_divergence(policy: Tensor, reference: Tensor) -> Tensor:
    """KL(π ‖ π_ref) in nats at every position, from logits `[seq, vocab]`."""
    ours, theirs = policy.float().log_softmax(-1), reference.float().log_softmax(-1)
    return (ours.exp() * (ours - theirs)).sum(-1)
