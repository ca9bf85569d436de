"""The 100-point report of a corpus, whole or spoilt, and points that nobody can lose. For topic 3.3.2."""

from __future__ import annotations

import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutor.corpus import build, config, dataset, falsify
from tutor.corpus.criteria import CRITERIA
from tutor.corpus.criteria.base import Context
from tutor.corpus.dataset import Dataset
from tutor.corpus.falsify import PASS, WARN, Result, Verdict
from tutor.corpus.mutate import MUTATIONS
from tutor.corpus.schema import Record, content_sha256, record_id
from tutor.engine.protocol import Call
from tutor.errors import UsageError

__all__ = ["giveaway", "lines", "report"]

SOURCE = "sample:tally"
SHOWN = 3
"""Pieces of evidence that are sent of a criterion."""
PAUSE = 0.25
FAULTS = {"file": 2, "schema": 8, "tools": 39, "parameter": 26}
"""Ways to spoil a corpus, by the criterion that should notice."""
GIVEN = (15, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 38, 41, 48)
"""Criteria whose points the program of the course this one follows awards without a test; read in its source."""


def report(call: Call, sources: str = SOURCE, spoilt: int = 0) -> dict[str, Any]:
    """Build a corpus, spoil it for one criterion (0: leave it whole), and try all 48.

    Returns:
        `spoilt`; `word`, `earned`, `tried` and `possible` points; `sections` `{name, earned, possible}`; `rows`
        `{number, section, title, attempt, points, status, value, evidence}`; `refuted`: how many. Parts have the rows
        there are so far.

    Raises:
        UsageError: no row of the corpus fits the way to spoil it.
    """
    call.part(**_told([]))
    with _built(sources) as corpus:
        if spoilt:
            _spoil(corpus, spoilt)
            corpus = dataset.read(corpus.path)
        results = _tried(call, corpus)
    return _told(results) | {
        "spoilt": spoilt,
        "source": f"{len(corpus.records)} rows of {sources}, built for this",
    }


def lines(call: Call, fault: str) -> dict[str, Any]:
    """What refuted a corpus that was spoilt by one of `FAULTS`, as lines of text in `evidence`."""
    answer = report(call, spoilt=FAULTS[fault])
    # One small source never has the shares that are asked for; that says nothing of the fault.
    new = [row for row in answer["rows"] if row["status"] == "refuted" and row["section"] != "distribution"]
    told = [f"{answer['word']}, {answer['earned']} of {answer['possible']} points", ""]
    told += [f"✗ {row['title']}: {row['value']}" for row in new]
    return {"evidence": told, "source": answer["source"]}


@contextmanager
def _built(sources: str) -> Iterator[Dataset]:
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        path = Path(scratch) / "corpus"
        locators = [name.strip() for name in sources.split(",") if name.strip()]
        build.build(locators, config.load(), path, processes=1)
        yield dataset.read(path)


def _spoil(corpus: Dataset, number: int) -> None:
    try:
        MUTATIONS[number](corpus.path, corpus.records)
    except (StopIteration, OSError) as error:  # no row has what is spoilt, or there is no review to be spoilt
        raise UsageError(
            f"Nothing in this corpus can be spoilt for criterion {number}.", "Choose another, or more sources."
        ) from error


def _tried(call: Call, corpus: Dataset) -> list[Result]:
    context, told = Context(corpus), time.monotonic()
    results: list[Result] = []
    for criterion in CRITERIA:
        call.check()
        results.append(Result(criterion, falsify.attempt(criterion, context)))
        if time.monotonic() - told > PAUSE:
            call.part(**_told(results))
            told = time.monotonic()
    return results


def _told(results: list[Result]) -> dict[str, Any]:
    verdict = Verdict(results)
    sections = {criterion.section: 0 for criterion in CRITERIA}
    for criterion in CRITERIA:
        sections[criterion.section] += criterion.points
    return {
        "word": verdict.word,
        "spoilt": 0,
        "earned": verdict.earned,
        "tried": verdict.attempted,
        "possible": sum(sections.values()),
        "refuted": sum(result.outcome.status == "refuted" for result in results),
        "sections": [
            {"name": name, "possible": possible, "earned": sum(result.earned for result in verdict.of(name))}
            for name, possible in sections.items()
        ],
        "rows": [
            {"number": result.criterion.number, "section": result.criterion.section, "title": result.criterion.title,
             "attempt": result.criterion.attempt, "points": result.criterion.points, "veto": result.criterion.veto,
             "status": result.outcome.status, "value": result.outcome.value,
             "evidence": [f"{found.where}: {found.what}" for found in result.outcome.evidence[:SHOWN]]}
            for result in results
        ],
        "source": "being examined",
    }  # fmt: skip


def giveaway(call: Call, sources: str = SOURCE, seed: int = 1) -> dict[str, Any]:
    """Shuffle the documentations among the rows of each language, and count the points in two ways.

    Returns:
        `ours`: points when all 48 are tried; `given`: when those of `GIVEN` are awarded untried, which are worth
        `free`; `rows`; `cases`: what is refuted of them.
    """
    with _built(sources) as corpus:
        rows = _shuffled(corpus.records, random.Random(seed))
        dataset.write_splits(corpus.path, rows)
        verdict = falsify.falsify(dataset.read(corpus.path), check_stop=call.check)
    free = sum(criterion.points for criterion in CRITERIA if criterion.number in GIVEN)
    lost = sum(
        result.criterion.points - result.earned for result in verdict.results if result.criterion.number in GIVEN
    )
    refuted = [result for result in verdict.results if result.outcome.status == "refuted"]
    judged = [result for result in refuted if result.criterion.number in GIVEN]
    return {
        "ours": verdict.earned,
        "given": verdict.earned + lost,
        "free": free,
        "rows": len(rows),
        "cases": [
            {"name": f"{result.criterion.number} {result.criterion.title}: untried, it would hold", "value": "refuted",
             "holds": False}
            for result in judged
        ] + [{"name": "points by which the untried ones lift it", "value": lost, "holds": lost == 0}],
        "pass": PASS,
        "warn": WARN,
        "source": f"{len(rows)} rows of {sources}, their documentation shuffled",
    }  # fmt: skip


def _shuffled(records: list[Record], dice: random.Random) -> list[Record]:
    """Every documentation well-formed, and on the code of another row."""
    places: dict[tuple[str, bool], list[Record]] = defaultdict(list)
    for record in records:
        places[record.language, record.output.startswith("//!")].append(record)
    rows = []
    for group in places.values():
        by = dice.randrange(1, max(len(group), 2))
        moved = group[by:] + group[:by]
        rows += [_with(record, other.output) for record, other in zip(group, moved, strict=True)]
    return rows


def _with(record: Record, output: str) -> Record:
    return replace(
        record, output=output, id=record_id(record.language, record.input, output),
        content_sha256=content_sha256(record.input, output),
    )  # fmt: skip
