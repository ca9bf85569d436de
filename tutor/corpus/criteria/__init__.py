"""The 48 criteria: attempts to refute a corpus, in the order and with the points of the course."""

from __future__ import annotations

from tutor.corpus.criteria import distribution, integrity, quality, reproducibility, semantics, syntax
from tutor.corpus.criteria.base import Criterion

CRITERIA: tuple[Criterion, ...] = (
    *integrity.CRITERIA,
    *syntax.CRITERIA,
    *semantics.CRITERIA,
    *distribution.CRITERIA,
    *reproducibility.CRITERIA,
    *quality.CRITERIA,
)
