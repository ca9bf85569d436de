"""Cards with lies in them and the data to find them with, for topic 3.2.1."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tutor.corpus import build, card, config, stats
from tutor.corpus.measured import counted_source, measure
from tutor.corpus.schema import SPLITS, Record
from tutor.engine.protocol import Call
from tutor.errors import UsageError

__all__ = ["claims", "lied"]

SOURCES = "dist:packaging, dist:platformdirs, dist:markdown-it-py"
LIES = 3
"""Of a card's claims, as many are false."""
COLUMNS = ("category", "source_repo", "license", "split", "tokens_output")
"""What the learner can count by."""
BANDS = ((0, 50), (50, 100), (100, 200), (200, 400), (400, 10**9))
"""Of tokens: from, to below."""


@dataclass(frozen=True)
class Claim:
    """A sentence of a card: as it is true, as it is a lie, and the column that tells."""

    name: str
    true: str
    lie: str
    column: str


def rows_of(call: Call, sources: str) -> tuple[list[Record], str]:
    """The records of the corpus that the sources give, each in its split; and where they come from.

    Raises:
        UsageError: there are no such sources, or none of their records is kept.
    """
    found = measure(call, sources)
    chosen = config.load()
    when = max(extraction.tree.changed for extraction in found.extractions)
    records = build.records_of(found.select(chosen), chosen, when)
    if not records:
        raise UsageError("Nothing of these sources is kept.", "Name others, with more documentation.")
    return records, counted_source(found)


def claims(call: Call, sources: str = SOURCES, seed: int = 1) -> dict[str, Any]:
    """A card of a corpus built just now, some of its claims false.

    Returns:
        `claims` `{says, holds, truth, column}`; `tables`: column → pairs of value and rows; `rows`, and the percent of
        the `largest` source.
    """
    records, source = rows_of(call, sources)
    known = _claims(records)
    lies = set(random.Random(seed).sample([claim.name for claim in known], LIES))
    return {
        "claims": [
            {"says": claim.lie if claim.name in lies else claim.true, "holds": claim.name not in lies,
             "truth": claim.true, "column": claim.column}
            for claim in known
        ],
        "tables": {column: _table(records, column) for column in COLUMNS},
        "rows": len(records),
        "largest": 100 * max(count for _, count in _table(records, "source_repo")) / len(records),
        "source": source,
    }  # fmt: skip


def lied(call: Call, fault: str) -> dict[str, Any]:
    """The same card with one lie, `fault`: its claims and the counted columns as lines of text in `evidence`."""
    records, source = rows_of(call, SOURCES)
    lines = [f"“{claim.lie if claim.name == fault else claim.true}”" for claim in _claims(records)]
    for column in COLUMNS:
        counted = ", ".join(f"{value} {count}" for value, count in _table(records, column))
        lines += ["", f"rows by {column}: {counted}"]
    return {"evidence": lines, "source": source}


def _claims(records: list[Record]) -> list[Claim]:
    found = stats.summary(records)
    count = len(records)
    shares = [f"{name} {100 * rows / count:.0f} %" for name, rows in found["categories"].items()]
    # The card of the course's own corpus names each share one line too far down.
    names = list(found["categories"])
    shifted = [f"{names[(place + 1) % len(names)]} {share.split()[1]} %" for place, share in enumerate(shares)]
    first, *others = found["sources"]
    second = others[0] if others else "local/elsewhere"
    most = found["sources"][first]
    splits = found["splits"]
    long = sum(record.tokens_output >= BANDS[3][0] for record in records)
    licences = sorted(found["licences"])
    size = card.size_category(count)
    return [
        Claim("size", f"It has {count:,} rows: {size}.", f"It has {count + 1000:,} rows: 1K<n<10K.", "split"),
        Claim("shares", f"Categories: {', '.join(shares)}.", f"Categories: {', '.join(shifted)}.", "category"),
        Claim("source", f"Most rows are from {first}: {most}.", f"Most rows are from {second}: {most}.", "source_repo"),
        Claim("licence", f"Licences: {', '.join(licences)}.", "Licence: every row is MIT-0.", "license"),
        Claim("splits", f"Training has {splits['train']} rows, the test {splits['test']}.",
              f"Training has {splits['train'] - 20} rows, the test {splits['test'] + 20}.", "split"),
        Claim("length", f"{long} outputs have 200 tokens or more.",
              f"{long + 25} outputs have 200 tokens or more.", "tokens_output"),
    ]  # fmt: skip


def _table(records: list[Record], column: str) -> list[tuple[str, int]]:
    """Rows by each value of a column; tokens in bands."""
    if column == "split":
        return [(name, sum(record.split == name for record in records)) for name in SPLITS]
    if column == "tokens_output":
        return [
            (f"{low} to {high - 1}" if high < BANDS[-1][1] else f"{low} and more",
             sum(low <= record.tokens_output < high for record in records))
            for low, high in BANDS
        ]  # fmt: skip
    named = {"category": "categories", "source_repo": "sources", "license": "licences"}[column]
    return list(stats.summary(records)[named].items())
