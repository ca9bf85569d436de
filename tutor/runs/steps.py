"""Training steps as events: a few a second, however fast the steps are."""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tutor.runs.context import Run, Throttle

SECONDS_BETWEEN_EVENTS = 0.25


class Step(Protocol):
    """What an optimizer step must say of itself (`tutor.engine.training.Step`)."""

    @property
    def number(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def lr(self) -> float: ...
    @property
    def grad_norm(self) -> float: ...
    @property
    def tokens(self) -> int: ...
    @property
    def tokens_so_far(self) -> int: ...
    @property
    def supervised(self) -> int: ...
    @property
    def seconds(self) -> float: ...


class StepEvents:
    """Emits `step` events; the loss of one is the mean over the steps since the last."""

    def __init__(
        self,
        run: Run,
        total: int,
        gpu_memory: Callable[[], Mapping[str, int]] | None = None,
        *,
        before: int = 0,
        trial: str = "",
    ) -> None:
        """Args:
        total: steps of all trainings of the run.
        gpu_memory: `tutor.engine.device.gpu_memory`, where the process computes with torch.
        before: steps of the trainings that come before this one, so that numbers go on.
        trial: names this training, where a run has several.
        """
        self._run = run
        self._total = total
        self._before = before
        self._trial: dict[str, str] = {"trial": trial} if trial else {}
        self._gpu_memory = gpu_memory or dict
        self._throttle = Throttle(SECONDS_BETWEEN_EVENTS)
        forget_peak()
        self._waiting: list[Step] = []
        self._steps = 0
        self.seconds = 0.0
        """Spent in steps."""
        self.tokens = 0
        """Read in them."""

    def add(self, step: Step) -> None:
        """Take a step, and emit if the last event is long enough ago or this step is the last of all."""
        self._waiting.append(step)
        self._steps += 1
        self.seconds += step.seconds
        self.tokens += step.tokens
        if self._throttle.ready() or self._before + step.number == self._total:
            self._emit(step)

    def _emit(self, step: Step) -> None:
        waiting, self._waiting = self._waiting, []
        self._run.emit(
            "step",
            **self._trial,
            step=self._before + step.number,
            total=self._total,
            loss=sum(each.loss * each.supervised for each in waiting) / sum(each.supervised for each in waiting),
            lr=step.lr,
            grad_norm=step.grad_norm,
            tokens=step.tokens_so_far,
            tokens_per_s=sum(each.tokens for each in waiting) / sum(each.seconds for each in waiting),
            eta_s=(self._total - self._before - step.number) * self.seconds / self._steps,
            rss_bytes=peak_memory(),
            **self._gpu_memory(),
        )


def peak_memory() -> int:
    """The most memory this process had resident, in bytes, since it began or since `forget_peak`."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> None:
    """Begin to measure anew, so that training is not charged for what came before it. Only Linux can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
