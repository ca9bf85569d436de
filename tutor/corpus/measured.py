"""Source trees, extracted and measured once, kept in memory while thresholds are moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tutor.corpus import build, config, extract, select
from tutor.corpus.config import Config
from tutor.corpus.extract import Extraction, Progress
from tutor.corpus.select import Pool, Selection
from tutor.corpus.trees import SourceTree
from tutor.engine.protocol import Call

PAUSE = 0.25
"""Seconds between two parts of an answer."""


@dataclass(frozen=True)
class Measured:
    """What sources gave, before anything was chosen."""

    extractions: list[Extraction]
    pool: Pool

    def select(self, chosen: Config | None = None) -> Selection:
        """The corpus that thresholds make of it; those of the program without an argument."""
        return select.select(self.pool, chosen or config.load())


def measure(call: Call, sources: str) -> Measured:
    """Extract the sources, which are separated by commas; the last few are remembered until they change.

    Streams `{reading, files}`: which source is read, and how many of its files are done.

    Raises:
        UsageError: there is no such source.
    """
    locators = [name.strip() for name in sources.split(",") if name.strip()]
    trees, _ = build.open_sources(locators, network=False, report=extract.silent, tolerant=False)
    return _measure(tuple(trees), _Streamed(call))


class _Streamed:
    """Tells of a long reading now and then. All are equal: by whom a reading was asked for does not change it."""

    def __init__(self, call: Call) -> None:
        self.check: Callable[[], None] = call.check
        self._part = call.part
        self._told = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._told > PAUSE:
            self._part(reading=progress.what, files=progress.done, all=progress.total)
            self._told = time.monotonic()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Streamed)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=4)
def _measure(trees: tuple[SourceTree, ...], report: _Streamed) -> Measured:
    chosen = config.load()
    extractions = build.extract_sources(list(trees), chosen, report=report, check_stop=report.check, processes=1)
    return Measured(extractions, select.pool(extractions, chosen))


def counted_source(found: Measured) -> str:
    """Where an answer comes from: how much was read."""
    files = sum(len(extraction.listing.files) for extraction in found.extractions)
    names = ", ".join(extraction.tree.name for extraction in found.extractions)
    return f"{files:,} files of {names} read, nothing of them run"


def thresholds(values: dict[str, Any]) -> Config:
    """The program's thresholds with some replaced: `{"gates.max_line": 80}`."""
    chosen = config.load()
    for path, value in values.items():
        chosen = config.overridden(chosen, path, value)
    return chosen
