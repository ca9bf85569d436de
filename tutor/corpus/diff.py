"""What changed between two versions of a corpus."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.corpus.schema import COLUMNS, Record


@dataclass(frozen=True)
class Change:
    """One item in both, with other content or columns."""

    old: Record
    new: Record
    columns: list[str]


@dataclass(frozen=True)
class Diff:
    """All differences, in order of place."""

    added: list[Record]
    removed: list[Record]
    changed: list[Change]
    same: int


def compare(old: list[Record], new: list[Record]) -> Diff:
    """Compare two corpora item by item; an item is known by source, file, symbol, kind and its turn among equals."""
    before, after = _by_item(old), _by_item(new)
    shared = sorted(before.keys() & after.keys())
    changed = []
    for key in shared:
        columns = [name for name in COLUMNS if getattr(before[key], name) != getattr(after[key], name)]
        if columns:
            changed.append(Change(before[key], after[key], columns))
    return Diff(
        added=[after[key] for key in sorted(after.keys() - before.keys())],
        removed=[before[key] for key in sorted(before.keys() - after.keys())],
        changed=changed,
        same=len(shared) - len(changed),
    )


def _by_item(records: list[Record]) -> dict[tuple[str, str, str, str, int], Record]:
    found: dict[tuple[str, str, str, str, int], Record] = {}
    for record in sorted(records, key=lambda record: (record.source_line, record.id)):
        turn = 0
        while (key := (record.source_repo, record.source_file, record.symbol, record.kind, turn)) in found:
            turn += 1
        found[key] = record
    return found
