"""Source trees, extracted and measured once, kept in memory while thresholds are moved."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tutor.corpus import build, config, extract, select
from tutor.corpus.config import Config
from tutor.corpus.extract import Extraction, Progress
from tutor.corpus.select import Pool, Selection
from tutor.corpus.trees import SourceTree
from tutor.engine.protocol import Call

PAUSE = 0.25
"""Seconds between two parts of an answer."""
KEPT = 4
"""Sets of sources that are remembered."""


@dataclass(frozen=True)
class Measured:
    """What sources gave, before anything was chosen."""

    extractions: list[Extraction]
    pool: Pool

    def select(self, chosen: Config | None = None) -> Selection:
        """The corpus that thresholds make of it; those of the program without an argument."""
        return select.select(self.pool, chosen or config.load())


_kept: dict[tuple[SourceTree, ...], Measured] = {}


def measure(call: Call, sources: str) -> Measured:
    """Extract the sources, which are separated by commas; the last few are remembered until they change.

    Streams `{reading, files, all}`: which source is read, and how many of its files are done.

    Raises:
        UsageError: there is no such source.
    """
    locators = [name.strip() for name in sources.split(",") if name.strip()]
    found, _ = build.open_sources(locators, network=False, report=extract.silent, tolerant=False)
    trees = tuple(found)
    if trees not in _kept:
        _kept[trees] = _read(call, found)
        for old in list(_kept)[:-KEPT]:
            del _kept[old]
    return _kept[trees]


def _read(call: Call, trees: list[SourceTree]) -> Measured:
    told = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told > PAUSE:
            call.part(reading=progress.what, files=progress.done, all=progress.total)
            told = time.monotonic()

    chosen = config.load()
    extractions = build.extract_sources(trees, chosen, report=report, check_stop=call.check, processes=1)
    return Measured(extractions, select.pool(extractions, chosen))


def counted_source(found: Measured) -> str:
    """Where an answer comes from: how much was read."""
    files = sum(len(extraction.listing.files) for extraction in found.extractions)
    names = ", ".join(extraction.tree.name for extraction in found.extractions)
    return f"{files:,} files of {names} read, nothing of them run"
