"""The memory meter of a lab's form: it follows the options without running anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual import work

from tutor.engine.memory import Budget
from tutor.errors import TutorError
from tutor.runs.config import Lab, Value
from tutor.screens.memory_plan import most_memory
from tutor.widgets.memorymeter import MemoryMeter

if TYPE_CHECKING:
    from tutor.drawing import DrawingApp


class LabMeter(MemoryMeter):
    """Shows the most that the options can take; nothing where that cannot be known, as of a model that is gone."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(what="at most", id="memory")
        self._lab = lab
        self._config: Mapping[str, Value] = lab.defaults()
        self._machine: Budget | None = None

    @work
    async def on_mount(self) -> None:
        """Find out what the machine has; that can take a second where there is a GPU to ask."""
        self._machine = await asyncio.to_thread(cast("DrawingApp", self.app).services.memory)
        self.follow(self._config)

    def follow(self, config: Mapping[str, Value]) -> None:
        """The options are others."""
        self._config = config
        if self._machine is None:
            return
        try:
            plan = most_memory(self._lab.memory, config, self._machine)
        except TutorError:
            plan = None
        self.show(plan.rows() if plan else (), self._machine.size, what="at most")
