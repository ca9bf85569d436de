"""A gate in front of a dataset."""

from collections import Counter
from typing import Any

CRITERIA = ("size", "empty", "duplicate", "score", "balance")
FEWEST_ROWS = 10


def gate(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """For each of CRITERIA the evidence against the corpus, in the order of the rows.

    Args:
        rows: each with the keys id, question, answer, category (strings) and score (a number)
    """
    categories = Counter(row["category"] for row in rows)
    return {
        "size": [f"{len(rows)} rows"] if len(rows) < FEWEST_ROWS else [],
        "empty": [row["id"] for row in rows if not row["answer"].strip()],
        "duplicate": _duplicates(rows),
        "score": [row["id"] for row in rows if not 0.5 <= row["score"] <= 1],
        "balance": [category for category, count in categories.items() if 2 * count > len(rows)],
    }


def passes(findings: dict[str, list[str]]) -> bool:
    """Whether there is no evidence against the corpus."""
    return not any(findings.values())


def _duplicates(rows: list[dict[str, Any]]) -> list[str]:
    seen: set[str] = set()
    again: list[str] = []
    for row in rows:
        question = " ".join(row["question"].lower().split())
        if question in seen:
            again.append(row["id"])
        seen.add(question)
    return again
