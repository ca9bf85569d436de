"""A lab's plan: a worker in mode `plan`, in a directory that does not stay."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from tutor import paths
from tutor.errors import TutorError
from tutor.runs import launch, store
from tutor.runs.config import Lab, Value
from tutor.runs.events import EventReader
from tutor.screens.run_state import RunState


class Planner:
    """One dry run. `look` it until it is finished; `end` it in any case."""

    def __init__(self, lab: Lab, config: Mapping[str, Value]) -> None:
        """Start it.

        Raises:
            TutorError: the directory cannot be written.
        """
        self._run = store.create(lab, config, mode="plan", parent=paths.cache_dir() / "plans")
        self._reader = EventReader(self._run.events)
        self.state = RunState()
        launch.start(self._run)

    def look(self) -> bool:
        """Read what it has said; whether it is over."""
        running = self._run.is_running()
        self.state.feed(self._reader.new())
        return self.state.finished is not None or not running

    @property
    def problem(self) -> TutorError | None:
        """Why there is no plan, once it is over without one."""
        if self.state.plan:
            return None
        if self.state.finished:
            return TutorError(self.state.finished["what"], self.state.finished["todo"])
        return TutorError("The plan's process died.", "Try again, or run `tutor --lab … --dry-run` to see more.")

    def end(self) -> None:
        """Stop it, and delete its directory."""
        if self._run.is_running():
            launch.stop(self._run)
        shutil.rmtree(self._run.path, ignore_errors=True)
