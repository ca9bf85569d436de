"""Runs that were made elsewhere or long ago: where they come from, and their events once more, in quick motion."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tutor.runs import machine
from tutor.runs.events import Event, read_all
from tutor.runs.store import RunDir
from tutor.text import human_bytes

SECONDS = 20.0
"""How long a replay takes."""
LONGEST_GAP = 5.0
"""Seconds of silence that count: a run that was resumed the next day should not be watched sleeping."""


def recorded_on(run: RunDir) -> str:
    """Hardware, date and commit of a run whose directory was copied here from another machine; '' for one made here."""
    made_on = run.facts.get("machine")
    if not made_on or _is_this(made_on):
        return ""
    computed = next((e for e in read_all(run.events) if e["kind"] == "result" and e["name"] == "computed in"), None)
    parts = [
        f"{made_on.get('cpu', 'an unknown processor')}, {made_on.get('cores', '?')} cores",
        f"{human_bytes(made_on['memory_bytes'])} memory" if "memory_bytes" in made_on else "",
        str(computed["note"]) if computed else "",
        str(run.facts["created"])[:16].replace("T", " "),
        f"commit {commit[:10]}" if (commit := run.facts.get("versions", {}).get("commit")) else "",
    ]
    return ", ".join(part for part in parts if part)


def _is_this(made_on: Mapping[str, Any]) -> bool:
    """Whether it is this machine's hardware; a new kernel may leave a little less of the memory."""
    here = machine.hardware()
    memory = math.isclose(made_on.get("memory_bytes", 0), here["memory_bytes"], rel_tol=0.02)
    return memory and (made_on.get("cpu"), made_on.get("cores")) == (here["cpu"], here["cores"])


class Replay:
    """Hands out recorded events at the pace they came in, so scaled that all have come after `seconds`."""

    def __init__(
        self, events: Sequence[Event], seconds: float = SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        gaps = [min(max(0.0, b["t"] - a["t"]), LONGEST_GAP) for a, b in itertools.pairwise(events)]
        moments = list(itertools.accumulate(gaps, initial=0.0))
        scale = seconds / moments[-1] if moments[-1] > 0 else 0.0
        self._due = [(moment * scale, event) for moment, event in zip(moments, events, strict=False)]
        self._now, self._began, self._given = now, now(), 0

    @property
    def done(self) -> bool:
        """Whether all events were handed out."""
        return self._given == len(self._due)

    def new(self) -> list[Event]:
        """Events that are due since the last call."""
        passed, first = self._now() - self._began, self._given
        while not self.done and self._due[self._given][0] <= passed:
            self._given += 1
        return [event for _, event in self._due[first : self._given]]
