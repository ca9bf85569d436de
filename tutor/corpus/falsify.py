"""Attacking a corpus with every criterion, and judging what is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor.corpus.criteria import CRITERIA
from tutor.corpus.criteria.base import Context, Criterion, Evidence, NotRun, Outcome
from tutor.corpus.dataset import Dataset
from tutor.corpus.extract import Progress, Report, never, silent
from tutor.files import write_whole

PASS = 95
WARN = 85
"""Points below which a corpus fails."""
REPORT = "report.json"


@dataclass(frozen=True)
class Result:
    """A criterion and what became of it."""

    criterion: Criterion
    outcome: Outcome

    @property
    def earned(self) -> int:
        """Points; what was not tried earns none."""
        return self.criterion.points if self.outcome.status == "held" else 0


@dataclass(frozen=True)
class Verdict:
    """The whole examination."""

    results: list[Result]

    @property
    def earned(self) -> int:
        """Points of the criteria that held."""
        return sum(result.earned for result in self.results)

    @property
    def attempted(self) -> int:
        """Points of the criteria that were tried."""
        return sum(result.criterion.points for result in self.results if result.outcome.status != "not-run")

    @property
    def possible(self) -> int:
        """Points of all."""
        return sum(result.criterion.points for result in self.results)

    @property
    def vetoes(self) -> list[Result]:
        """Refuted criteria that make a corpus invalid by themselves."""
        return [result for result in self.results if result.criterion.veto and result.outcome.status == "refuted"]

    @property
    def word(self) -> str:
        """INVALID, FAIL, WARN or PASS."""
        if self.vetoes:
            return "INVALID"
        if self.earned < WARN:
            return "FAIL"
        return "PASS" if self.earned >= PASS else "WARN"

    @property
    def falsified(self) -> bool:
        """Whether the corpus must not be published."""
        return self.word in ("INVALID", "FAIL")

    def of(self, section: str) -> list[Result]:
        """The results of a section."""
        return [result for result in self.results if result.criterion.section == section]

    @property
    def sections(self) -> list[str]:
        """In order."""
        return list(dict.fromkeys(result.criterion.section for result in self.results))


def falsify(
    dataset: Dataset,
    *,
    only: Iterable[int] = (),
    network: bool = False,
    report: Report = silent,
    check_stop: Callable[[], None] = never,
) -> Verdict:
    """Try to refute a corpus by every criterion, or by those of `only`."""
    context = Context(dataset, network=network)
    numbers = set(only)
    chosen = [criterion for criterion in CRITERIA if not numbers or criterion.number in numbers]
    results = []
    for number, criterion in enumerate(chosen, 1):
        check_stop()
        report(Progress("falsify", number, len(chosen), criterion.title))
        results.append(Result(criterion, attempt(criterion, context)))
    return Verdict(results)


def attempt(criterion: Criterion, context: Context) -> Outcome:
    """One attempt; what cannot be tried here is not run."""
    try:
        return criterion.test(context)
    except NotRun as error:
        return Outcome("not-run", "not run", [Evidence("here", str(error))])


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """For `report.json` and `--json`."""
    return {
        "verdict": verdict.word,
        "earned": verdict.earned,
        "attempted": verdict.attempted,
        "possible": verdict.possible,
        "vetoes": [result.criterion.number for result in verdict.vetoes],
        "criteria": [
            {
                "number": result.criterion.number,
                "section": result.criterion.section,
                "title": result.criterion.title,
                "attempt": result.criterion.attempt,
                "status": result.outcome.status,
                "points": result.criterion.points,
                "earned": result.earned,
                "value": result.outcome.value,
                "evidence": [asdict(found) for found in result.outcome.evidence],
            }
            for result in verdict.results
        ],
    }


def write_report(path: Path, verdict: Verdict) -> None:
    """Put `report.json` beside the corpus."""
    write_whole(path / REPORT, json.dumps(as_dict(verdict), indent=1, ensure_ascii=False) + "\n")
