"""Run directories: making, finding, reading and deleting them."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit

from tutor import paths
from tutor.errors import UsageError, nearest
from tutor.files import PARTIAL, disk_errors, write_whole
from tutor.runs import machine
from tutor.runs.config import Lab, Value
from tutor.runs.events import Event, read_all

RUN_FORMAT = 1


@dataclass(frozen=True)
class RunDir:
    """One run on disk. `docs/run-format.md` lists the files."""

    path: Path

    @property
    def id(self) -> str:
        """The directory's name, which is what users type."""
        return self.path.name

    @property
    def events(self) -> Path:
        """The event stream (`tutor.runs.events`)."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """Everything that libraries printed."""
        return self.path / "log.txt"

    @property
    def lock(self) -> Path:
        """Locked by the worker for as long as it lives; holds its process id."""
        return self.path / "lock"

    @property
    def report(self) -> Path:
        """The report a learner reads (Markdown)."""
        return self.path / "report.md"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """`run.toml`: what was asked for, and on what."""
        return tomllib.loads((self.path / "run.toml").read_text())

    @property
    def lab(self) -> str:
        """The lab's name, such as `lab-lora-cli-help`."""
        return str(self.facts["lab"])

    @property
    def config(self) -> dict[str, Value]:
        """The resolved configuration."""
        return dict(self.facts["config"])

    @property
    def predictions(self) -> dict[str, str]:
        """What the learner predicted before the run, by question."""
        return dict(self.facts.get("predictions", {}))

    def is_running(self) -> bool:
        """Whether the run's worker is alive: it, or nobody, holds the lock."""
        try:
            fd = os.open(self.lock, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def finished(self) -> Event | None:
        """The last `finished` event since the run was last started, if there is one."""
        last: Event | None = None
        for event in read_all(self.events):
            if event["kind"] == "started":
                last = None
            elif event["kind"] == "finished":
                last = event
        return last

    def status(self) -> str:
        """`running`, what its `finished` event says, or `died` (killed before it could say)."""
        if self.is_running():
            return "running"
        finished = self.finished()
        return str(finished["status"]) if finished else "died"


def create(
    lab: Lab,
    config: Mapping[str, Value],
    *,
    mode: str = "run",
    parent: Path | None = None,
    predictions: Mapping[str, str] | None = None,
) -> RunDir:
    """A new run directory with its `run.toml`; nothing is started.

    Args:
        mode: `run`, or `plan` for a dry run.
        parent: where to make it; the user's runs by default.
        predictions: what the learner expects of it, by question; it cannot be changed afterwards.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = f"{lab.name.removeprefix('lab-')}-{stamp}-{secrets.token_hex(2)}"
    path = (parent or paths.runs_dir()) / name
    temporary = path.with_name(PARTIAL + name)
    facts = {
        "format": RUN_FORMAT,
        "lab": lab.name,
        "mode": mode,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "config": dict(config),
        "predictions": dict(predictions or {}),
        **machine.facts(),
    }
    with disk_errors(str(path)):
        temporary.mkdir(parents=True)
        write_whole(temporary / "run.toml", tomlkit.dumps(facts))
        temporary.rename(path)
    return RunDir(path)


def all_runs() -> list[RunDir]:
    """Every run, newest first."""
    found = [
        RunDir(path.parent) for path in paths.runs_dir().glob("*/run.toml") if not path.parent.name.startswith(".")
    ]
    return sorted(found, key=_started, reverse=True)


def _started(run: RunDir) -> str:
    stamp = re.search(r"\d{8}-\d{6}", run.id)
    return stamp.group() if stamp else ""


def find(name: str) -> RunDir:
    """The run called `name`, by its id, an unambiguous beginning of it, or `last`.

    Raises:
        UsageError: no run, or more than one, is called that.
    """
    runs = all_runs()
    if name == "last" and runs:
        return runs[0]
    exact = [run for run in runs if run.id == name]
    matching = exact or [run for run in runs if run.id.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UsageError(
            f"{len(matching)} runs begin with {name!r}.", "Type more of the name; `tutor runs` lists them."
        )
    hint = nearest(name, [run.id for run in runs]) if runs else "There is no run yet; `tutor --lab NAME` starts one."
    raise UsageError(f"There is no run called {name!r}.", hint)


def remove(run: RunDir) -> None:
    """Delete a run with everything it made.

    Raises:
        UsageError: it is still running.
    """
    if run.is_running():
        raise UsageError(f"The run {run.id} is still going.", f"Stop it first: tutor runs stop {run.id}")
    shutil.rmtree(run.path)
