"""What a corpus holds, in numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tutor.corpus.schema import CATEGORIES, SPLITS, Record, corpus_sha256
from tutor.corpus.statistics import histogram, quantile


def summary(records: list[Record]) -> dict[str, Any]:
    """Totals, shares, tokens, scores and the corpus hash; ready for JSON, in an order of its own."""
    count = len(records)
    return {
        "rows": count,
        "corpus_sha256": corpus_sha256(records),
        "splits": {split: sum(record.split == split for record in records) for split in SPLITS},
        "categories": {name: sum(record.category == name for record in records) for name in CATEGORIES},
        "sources": _counted(record.source_repo for record in records),
        "languages": _counted(record.language for record in records),
        "kinds": _counted(record.kind for record in records),
        "licences": _counted(record.license for record in records),
        "tokens_input": _numbers([record.tokens_input for record in records]),
        "tokens_output": _numbers([record.tokens_output for record in records]),
        "ratio": _numbers([record.tokens_output / max(record.tokens_input, 1) for record in records]),
        "quality_score": _numbers([record.quality_score for record in records]),
    }


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda entry: (-entry[1], entry[0])))


def _numbers(values: list[float] | list[int]) -> dict[str, Any]:
    if not values:
        return {}
    return {
        "total": round(sum(values), 4),
        "mean": round(sum(values) / len(values), 4),
        "min": round(min(values), 4),
        "median": round(quantile(values, 0.5), 4),
        "p95": round(quantile(values, 0.95), 4),
        "max": round(max(values), 4),
        "histogram": [[round(low, 4), round(high, 4), number] for low, high, number in histogram(values, 10)],
    }
