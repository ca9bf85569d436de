"""A row with everything that was measured of it: gates, checks, and the parts of its score."""

from __future__ import annotations

from typing import Any

from tutor.corpus import candidates, config, dataset, gates, score
from tutor.corpus.schema import Record
from tutor.corpus.subject import Subject


def explained(record: Record) -> dict[str, Any]:
    """All columns, `gates` and `checks` (name → evidence, '' where it passed) and the parts of the `score`."""
    found = candidates.examine(record)
    verdicts = gates.verdicts(found.measures, config.load().gates)
    return {
        **dataset.as_dict(record),
        "gates": {gate.name: verdicts.get(gate.name, "") for gate in gates.GATES},
        "checks": found.failures,
        "score": [
            {"part": part.name, "value": round(part.value, 3), "weight": part.weight, "why": part.why}
            for part in score.parts(Subject(record), found.failures)
        ],
    }
