"""The funnel again, with other thresholds: what is slow is measured once, and choosing takes a moment."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

from tutor.corpus import build, config, extract, lock, select
from tutor.corpus.config import Config
from tutor.corpus.select import Pool, Selection
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["choose", "prepare"]

_prepared: dict[str, tuple[Pool, Config]] = {}
"""By the path of the corpus; the latest one only."""


def prepare(call: Call, path: str) -> Message:
    """Bring the sources of a corpus to where a threshold can be moved.

    Parts are `{stage, done, total, what}`; the answer is that of `choose` with the corpus's own thresholds, which are
    its `config`.

    Raises:
        TutorError: a source is gone.
    """
    locked = lock.read_lock(Path(path) / lock.LOCK)
    chosen = config.from_dict(locked.config)

    def report(now: extract.Progress) -> None:
        call.check()
        call.part(stage=now.stage, done=now.done, total=now.total, what=now.what)

    locators = [source.locator for source in locked.sources]
    trees, _ = build.open_sources(locators, network=False, report=report, tolerant=False)
    extractions = build.extract_sources(trees, chosen, report=report, check_stop=call.check)
    call.part(stage="compare", done=0, total=1, what="documentations with each other")
    _prepared.clear()
    _prepared[path] = (select.pool(extractions, chosen), chosen)
    return {"config": locked.config, **choose(call, path, {})}


def choose(_call: Call, path: str, changes: dict[str, Any]) -> Message:
    """What is left at each stage with some thresholds changed.

    Args:
        changes: `gates.max_line` → 90.

    Returns:
        `{kept, stages: [{name, left, reasons}], leakage: [leaking, held out] of a random split, seconds}`.
    """
    if path not in _prepared:
        raise UsageError("The sources of this corpus were not read yet.", "Open the screen again.")
    pool, chosen = _prepared[path]
    moved = config.changed(chosen, changes)
    start = perf_counter()
    found = select.select(pool, moved)
    return _told(found, perf_counter() - start)


def _told(found: Selection, seconds: float) -> Message:
    stages = [{"name": stage.name, "left": stage.left, "reasons": dict(stage.reasons)} for stage in found.stages]
    return {
        "kept": len(found.kept),
        "stages": stages,
        "leakage": list(found.random_leakage),
        "seconds": round(seconds, 4),
    }
