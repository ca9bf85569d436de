"""What every stage says while it goes on."""

from __future__ import annotations

from collections.abc import Callable

from tutor.engine.heldout import HeldOut
from tutor.runs.context import Run


def watch(run: Run, stage: str, unit: str) -> Callable[[int, int], None]:
    """Progress of a stage as (done, total), and the place where it can be stopped."""

    def progress(done: int, total: int) -> None:
        run.raise_if_stopped()
        run.progress(stage, done, total, unit)

    return progress


def emit_loss(run: Run, split: str, held_out: HeldOut, step: int) -> None:
    """An `eval` event."""
    loss = held_out.loss()
    run.emit("eval", step=step, split=split, loss=loss.value, low=loss.low, high=loss.high, n=loss.n)
