"""What a run has said so far, gathered from its events for the dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tutor.insight.curves import Curves
from tutor.runs.events import Event
from tutor.widgets.memorymeter import Row
from tutor.widgets.plot import Point


@dataclass
class Stage:
    """One stage of the recipe, and how far it has come where it counts."""

    title: str
    done: bool = False
    progress: Event | None = None


@dataclass
class RunState:
    """Feed it events in order; it keeps what a screen shows. Of two events of one place the later counts."""

    recorded_on: str = ""
    """Hardware and date of a run that was made on another machine; '' for one made here."""
    mode: str = "run"
    config: dict[str, Any] = field(default_factory=dict)
    started_at: float = 0.0
    """Seconds since the epoch, of the last start or resume."""
    stages: dict[str, Stage] = field(default_factory=dict)
    steps: dict[int, Event] = field(default_factory=dict)
    evals: dict[tuple[int, str], Event] = field(default_factory=dict)
    samples: dict[str, Event] = field(default_factory=dict)
    pairs: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    """Of each pair of answers the step that saw it last, and by how many nats chosen and rejected have moved."""
    results: dict[str, Event] = field(default_factory=dict)
    checks: dict[str, Event] = field(default_factory=dict)
    messages: list[Event] = field(default_factory=list)
    plan: list[dict[str, Any]] = field(default_factory=list)
    memory: list[Row] = field(default_factory=list)
    """The predicted peak by component, in bytes."""
    available: int = 0
    """Bytes that were free when it was predicted."""
    finished: Event | None = None
    curves: Curves = field(default_factory=Curves)
    """The same steps and losses as the rules on curves see them."""

    def feed(self, events: Iterable[Event]) -> None:
        """Take in new events."""
        for event in events:
            self.curves.take(event)
            handler = getattr(self, f"_on_{event['kind']}", None)
            if handler is not None:
                handler(event)

    def _on_started(self, event: Event) -> None:
        self.mode, self.config, self.started_at, self.finished = event["mode"], event["config"], event["t"], None

    def _on_stage(self, event: Event) -> None:
        stage = self.stages.setdefault(event["name"], Stage(event["title"]))
        stage.done = event["state"] == "done"
        if not stage.done:
            stage.progress = None

    def _on_progress(self, event: Event) -> None:
        if stage := self.stages.get(event["stage"]):
            stage.progress = event

    def _on_plan(self, event: Event) -> None:
        self.plan = event["rows"]

    def _on_memory(self, event: Event) -> None:
        self.memory = [(str(row["name"]), int(row["bytes"])) for row in event["rows"]]
        self.available = event["available"]

    def _on_step(self, event: Event) -> None:
        self.steps[event["step"]] = event

    def _on_eval(self, event: Event) -> None:
        self.evals[event["step"], event["split"]] = event

    def _on_preference(self, event: Event) -> None:
        for pair in event["pairs"]:
            self.pairs[pair["name"]] = event["step"], float(pair["chosen"]), float(pair["rejected"])

    def _on_sample(self, event: Event) -> None:
        self.samples[event["prompt"]] = event

    def _on_result(self, event: Event) -> None:
        self.results[event["name"]] = event

    def _on_check(self, event: Event) -> None:
        self.checks[event["name"]] = event

    def _on_message(self, event: Event) -> None:
        self.messages.append(event)

    def _on_finished(self, event: Event) -> None:
        self.finished = event

    @property
    def last_step(self) -> Event | None:
        """The step that was taken last."""
        return self.steps[max(self.steps)] if self.steps else None

    def measured_memory(self) -> list[Row]:
        """What training took at most: of the GPU where there is one, else of main memory. Nothing before a step."""
        last = self.last_step
        if last is None:
            return []
        names = {"cuda_allocated_bytes": "in tensors", "cuda_reserved_bytes": "held", "gpu_used_bytes": "used by all"}
        on_gpu = [(name, last[key]) for key, name in names.items() if key in last]
        return on_gpu or [("measured", last["rss_bytes"])]

    @property
    def total_steps(self) -> int:
        """How many steps the run will take; 0 while nobody has said."""
        last = self.last_step
        return int(last["total"]) if last else 0

    def train_points(self) -> list[Point]:
        """Training loss over steps."""
        return [(step, float(self.steps[step]["loss"])) for step in sorted(self.steps)]

    def eval_points(self) -> list[Point]:
        """Held-out loss over steps, of the split that was measured most often (the first such)."""
        splits = [split for _, split in self.evals]
        if not splits:
            return []
        shown = max(dict.fromkeys(splits), key=splits.count)
        return sorted((step, float(event["loss"])) for (step, split), event in self.evals.items() if split == shown)
