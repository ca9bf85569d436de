"""What a recipe gets: its configuration, its directory, and the events it can say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tutor.files import write_whole
from tutor.insight import curves
from tutor.runs.events import Event, EventWriter, read_all
from tutor.runs.store import RunDir
from tutor.runs.study import planted


class Interrupted(Exception):
    """The user asked the run to stop; everything worth keeping is on disk."""


class Config(SimpleNamespace):
    """The resolved options as attributes, typed as the lab's `.toml` declares them: `config.r`, `config.lr`."""


class Run:
    """A run as its recipe sees it. Everything a reader shows comes from the events emitted here."""

    def __init__(self, directory: RunDir, events: EventWriter) -> None:
        self.directory = directory
        self.path: Path = directory.path
        self.config = Config(**directory.config)
        self.stop_requested = False
        """Set by SIGTERM and SIGINT; a recipe looks at it at every point where it can stop well."""
        earlier = list(read_all(directory.events))
        self.results = {event["name"]: event for event in earlier if event["kind"] == "result"}
        """Every measured value by name; a resumed run starts with those measured before."""
        self.checks = {event["name"]: event for event in earlier if event["kind"] == "check"}
        self._events = events

    @cached_property
    def drill(self) -> str:
        """The fault that this run is to have, for the learner to find; '' for none."""
        return planted(self.directory)

    def emit(self, kind: str, **fields: Any) -> Event:
        """Append an event; its kinds and fields are `tutor.runs.events.KINDS`."""
        return self._events.emit(kind, **fields)

    @contextmanager
    def stage(self, name: str, title: str) -> Iterator[None]:
        """A named part of the recipe; readers show which one is under way."""
        self.raise_if_stopped()
        self.emit("stage", name=name, title=title, state="started")
        yield
        self.emit("stage", name=name, title=title, state="done")

    def progress(self, stage: str, done: int, total: int, unit: str) -> None:
        """How far a stage without training steps has come."""
        self.emit("progress", stage=stage, done=done, total=total, unit=unit)

    def message(self, text: str, level: str = "info") -> None:
        """A sentence for the reader; `level` is `info` or `warning`."""
        self.emit("message", level=level, text=text)

    def result(self, name: str, value: Any, unit: str = "", note: str = "") -> None:
        """A measured value, for the stream and for `report.json`; an `Estimate` goes there with its interval."""
        from tutor.engine.bootstrap import Estimate  # NumPy, which readers that take `Throttle` from here do without

        fields = {"value": value}
        if isinstance(value, Estimate):
            fields = {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
            interval = f"95 % interval {value.low:.4g} to {value.high:.4g}, n={value.n}"
            note = f"{note}; {interval}" if note else interval
        self.results[name] = self.emit("result", name=name, unit=unit, note=note, **fields)

    def check(self, name: str, passed: bool, value: Any, wanted: str) -> None:
        """A pass criterion of the lab, judged on `value`; a failed one makes the exit code 1."""
        self.checks[name] = self.emit("check", name=name, passed=bool(passed), value=value, wanted=wanted)

    def write_report(self, markdown: str) -> None:
        """The report a learner reads; what its curves show is added at the end."""
        found = curves.read(read_all(self.directory.events))
        says = [f"**{finding.name.capitalize()}.** {finding.says} {finding.todo}" for finding in found]
        added = "\n\n".join(["", "## What the curves say", *says]) + "\n" if says else ""
        write_whole(self.directory.report, markdown.rstrip("\n") + "\n" + added)

    def raise_if_stopped(self) -> None:
        """Raises Interrupted where the user asked to stop."""
        if self.stop_requested:
            raise Interrupted


class Throttle:
    """Says yes at most once per `seconds`, so that a fast loop does not flood the event stream."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = -seconds

    def ready(self) -> bool:
        """Whether enough time has passed since the last yes."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
