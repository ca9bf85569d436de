"""Steps as events: what training took, and nothing that came before it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tutor.runs.steps import StepEvents, peak_memory


@dataclass
class Measured:
    """A step."""

    number: int
    loss: float = 2.0
    lr: float = 1e-3
    grad_norm: float = 1.0
    tokens: int = 10
    tokens_so_far: int = 10
    supervised: int = 5
    seconds: float = 0.5


class Noted:
    """A run that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, kind: str, **fields: Any) -> None:
        """Note it."""
        self.events.append(fields)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets the peak of a process")
def test_memory_is_that_of_training_not_of_what_came_before() -> None:
    block = b"x" * 400_000_000
    before = peak_memory()
    del block
    run = Noted()
    StepEvents(run, total=1).add(Measured(1))  # type: ignore[arg-type]
    assert run.events[0]["rss_bytes"] < before - 300_000_000


def test_a_gpu_is_asked_for_its_memory() -> None:
    run = Noted()
    StepEvents(run, total=1, gpu_memory=lambda: {"cuda_allocated_bytes": 7}).add(Measured(1))  # type: ignore[arg-type]
    assert run.events[0]["cuda_allocated_bytes"] == 7


def test_steps_of_several_trainings_are_numbered_on_and_named() -> None:
    run = Noted()
    StepEvents(run, total=2, trial="first").add(Measured(1))  # type: ignore[arg-type]
    StepEvents(run, total=2, before=1, trial="second").add(Measured(1))  # type: ignore[arg-type]
    assert [(event["trial"], event["step"], event["total"]) for event in run.events] == [
        ("first", 1, 2),
        ("second", 2, 2),
    ]
    assert run.events[1]["eta_s"] == 0
