"""A gate in front of a dataset."""

from typing import Any

CRITERIA = ("size", "empty", "duplicate", "score", "balance")
FEWEST_ROWS = 10


def gate(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """For each of CRITERIA the evidence against the corpus, in the order of the rows.

    Args:
        rows: each with the keys id, question, answer, category (strings) and score (a number)
    """
    raise NotImplementedError


def passes(findings: dict[str, list[str]]) -> bool:
    """Whether there is no evidence against the corpus."""
    raise NotImplementedError
