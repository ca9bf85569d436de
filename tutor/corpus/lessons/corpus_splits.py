"""Three ways to split a corpus into training, validation and test, for topic 3.2.2."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from tutor.corpus import config, split
from tutor.corpus.measured import counted_source, measure
from tutor.corpus.schema import CATEGORIES, SPLITS, Record
from tutor.engine.protocol import Call

__all__ = ["claim", "compare"]

QUOTED = {"function": (46, 46), "error": (5, 0), "module": (6, 0)}
"""Rows of the corpus that the course this one follows published: in all, and in training as its program cuts them;
counted from its Parquet file, which is not here."""
NEAR = 3.0
"""Points by which the shares of a stratified split of a hundred rows may be off."""


def compare(call: Call, sources: str, seed: int = 42) -> dict[str, Any]:
    """The same rows, split in three ways.

    Returns:
        `ways`: of each its `name`, the `rows` of each split, per category the `counts` in each split, and `off`: by how
        many points the share of a category in a split is off its share in all, at worst; `shared`: percent of the
        held-out rows from files that training has rows of, too. `shared`: the same by key, for questions.
    """
    found = measure(call, sources)
    selection = found.select()
    records = [candidate.record for candidate in selection.kept]
    shares = config.load().split
    stored = sorted(records, key=lambda record: (record.source_repo, record.source_file, record.source_line))
    ways = {
        "cut": {record.id: name for record, name in zip(stored, _cut(len(stored)), strict=True)},
        "rows": split.at_random(records, shares, seed),
        "files": split.assign(records, selection.clusters, shares, seed),
    }
    judged = {key: _judged(records, splits) for key, splits in ways.items()}
    return {
        "ways": [{"key": key, **way} for key, way in judged.items()],
        "shared": {key: way["shared"] for key, way in judged.items()},
        "off": {key: way["off"] for key, way in judged.items()},
        "count": len(records),
        "source": counted_source(found),
    }


def _cut(count: int) -> list[str]:
    """The first 80 %, the next 10 %, the rest."""
    edges = (int(0.8 * count), int(0.9 * count))
    return [SPLITS[(place >= edges[0]) + (place >= edges[1])] for place in range(count)]


def _judged(records: list[Record], splits: dict[str, str]) -> dict[str, Any]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        counts[splits[record.id]][record.category] += 1
    total = Counter(record.category for record in records)
    rows = {name: counts[name].total() for name in SPLITS}
    off = [
        abs(counts[name][category] / rows[name] - total[category] / len(records))
        for name in SPLITS if rows[name] for category in total
    ]  # fmt: skip
    trained = {_file(record) for record in records if splits[record.id] == "train"}
    held_out = [record for record in records if splits[record.id] != "train"]
    shared = sum(_file(record) in trained for record in held_out)
    return {
        "rows": [rows[name] for name in SPLITS],
        "counts": {category: [counts[name][category] for name in SPLITS] for category in CATEGORIES},
        "off": 100 * max(off, default=0.0),
        "shared": 100 * shared / max(len(held_out), 1),
    }


def _file(record: Record) -> tuple[str, str]:
    return record.source_repo, record.source_file


def claim(call: Call, sources: str) -> dict[str, Any]:
    """Whether rows that are cut in stored order are stratified: those of the course's corpus (quoted), and rows here.

    Returns:
        `cases`, and `cut`, `rows` and `files`: the `off` of each way of `compare`.
    """
    here = compare(call, sources)
    cases = [
        {"name": f"{name} rows in training, of {total} in the published file (quoted)", "value": train,
         "holds": abs(train - 0.8 * total) <= 1}
        for name, (total, train) in QUOTED.items()
    ]  # fmt: skip
    cut = here["off"]["cut"]
    cases.append({"name": "points by which rows here are off, cut as stored", "value": cut, "holds": cut <= NEAR})
    return {"cases": cases, **here["off"], "source": here["source"]}
