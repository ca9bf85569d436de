"""What is measured about a dataset, and what the lab judges it by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tutor.clihelp.collect import Page, Skipped
from tutor.clihelp.records import Record
from tutor.clihelp.splits import Divided, count, leaks

PROVENANCE = ("id", "tool", "version", "command", "sha256", "collected_at", "platform", "licence")
"""Fields without which a record is not worth keeping."""
BIN = 100
"""Width of the length histogram, in characters."""


@dataclass(frozen=True)
class Stats:
    """Counts and shares of one dataset; shares are from 0 to 1."""

    texts: int
    """Help texts collected."""
    parsed: float
    """Share of them that the parser understood."""
    option_lines: float
    """Share of the lines that begin like an option that were read as one."""
    not_understood: list[str]
    """Commands whose help was not understood."""
    skipped: dict[str, str]
    """Tools that are installed but gave nothing, with the reason."""
    candidates: int
    """Records that could be made."""
    dropped: dict[str, int]
    """Candidates dropped, by reason."""
    repeated: int
    """Candidates whose description another has."""
    near_removed: int
    """Candidates left out for being near-duplicates of a record of another split."""
    exact_across: int
    """Pairs with the same description in two splits, counted afresh."""
    near_across: int
    """Near-duplicate pairs in two splits, counted afresh."""
    provenance: float
    """Share of records with every field of `PROVENANCE` filled."""
    sizes: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    by_variant: dict[str, dict[str, int]]
    by_tool: dict[str, dict[str, int]]
    rust_tools: list[str]
    lengths: dict[str, int]
    """Records by length of question and answer, in steps of `BIN` characters."""
    versions: dict[str, str]
    """Version of every tool with records."""

    @property
    def records(self) -> int:
        """Records in all splits."""
        return sum(self.sizes.values())


def measure(
    pages: list[Page], skipped: list[Skipped], candidates: int, dropped: Mapping[str, int], divided: Divided
) -> Stats:
    """All statistics of a dataset about to be written."""
    records = [record for split in divided.splits.values() for record in split]
    options = sum(len(page.help.options) for page in pages)
    leftover = sum(len(page.help.leftover) for page in pages)
    not_understood = [page.command for page in pages if not page.help.is_complete]
    exact, near = leaks(divided.splits)
    return Stats(
        texts=len(pages),
        parsed=1 - len(not_understood) / max(1, len(pages)),
        option_lines=options / max(1, options + leftover),
        not_understood=not_understood,
        skipped={item.tool: item.reason for item in skipped if item.reason != "not installed"},
        candidates=candidates,
        dropped=dict(dropped),
        repeated=divided.repeated,
        near_removed=divided.near,
        exact_across=exact,
        near_across=near,
        provenance=sum(_is_traceable(record) for record in records) / max(1, len(records)),
        sizes={name: len(split) for name, split in divided.splits.items()},
        by_kind={name: count(split, "kind") for name, split in divided.splits.items()},
        by_variant={name: count(split, "variant") for name, split in divided.splits.items()},
        by_tool={name: count(split, "tool") for name, split in divided.splits.items()},
        rust_tools=sorted({record.tool for record in records if record.tool_kind == "rust"}),
        lengths=_histogram(records),
        versions={record.tool: record.version for record in records},
    )


def _is_traceable(record: Record) -> bool:
    return all(getattr(record, name) for name in PROVENANCE)


def _histogram(records: list[Record]) -> dict[str, int]:
    """Records by length, in order: `{"100-199": 12, …}`."""
    steps = Counter((len(record.prompt) + len(record.completion)) // BIN for record in records)
    return {f"{step * BIN}-{step * BIN + BIN - 1}": steps[step] for step in sorted(steps)}
