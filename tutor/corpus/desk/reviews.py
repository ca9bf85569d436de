"""A review under way: its rows, without what would bias the reader, and what was said of them so far.

What was said lives in a form like the one for editors, written whole after every judgement: a review that was left goes
on from it, and `tutor corpus human-review --import` reads it.
"""

from __future__ import annotations

import getpass
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutor.corpus import dataset, falsify, review
from tutor.corpus.review import Review, Row
from tutor.engine.protocol import Call, Message
from tutor.files import write_whole

__all__ = ["begin", "finish", "keep"]

PEOPLE = 48
"""The criterion that reviews decide."""
SHOWN = ("language", "kind", "symbol", "source_repo", "source_file", "source_line", "input", "output")
"""Columns that a reviewer sees: neither score nor gates."""


def begin(_call: Call, path: str, reviewer: str, count: int | None, margin: float, seed: int) -> Message:
    """`{form, reviewer, rows, said}`: rows are `{mark, …SHOWN}`, `said` is mark → `{judgement, traits, note}`."""
    corpus = dataset.read(Path(path))
    name = reviewer or getpass.getuser()
    rows = review.sample(corpus.records, count=count, margin=margin, seed=seed)
    form = corpus.path / "review" / f"form-{re.sub(r'[^A-Za-z0-9_-]', '-', name)}-{seed}-{len(rows)}.md"
    said = review.read_form(form.read_text(encoding="utf-8"), corpus.records, name) if form.is_file() else []
    marks = {(one.id, one.spoilt): review.mark(row.record) for row in rows for one in said if _is(one, row)}
    return {
        "form": str(form),
        "reviewer": name,
        "rows": [
            {"mark": review.mark(row.record)} | {name: getattr(row.record, name) for name in SHOWN} for row in rows
        ],
        "said": {
            marks[one.id, one.spoilt]: {"judgement": one.judgement, "traits": one.traits, "note": one.note}
            for one in said
            if (one.id, one.spoilt) in marks
        },
    }


def _is(one: Review, row: Row) -> bool:
    return one.id == row.record.id and one.spoilt == row.spoilt


def keep(
    _call: Call, path: str, reviewer: str, count: int | None, margin: float, seed: int, form: str, said: dict[str, Any]
) -> Message:
    """Write the form; `said` is what `begin` gave, as it is now."""
    rows = review.sample(dataset.read(Path(path)).records, count=count, margin=margin, seed=seed)
    write_whole(Path(form), review.form(rows, _reviews(rows, reviewer, said)))
    return {"judged": len(said)}


def finish(
    _call: Call, path: str, reviewer: str, count: int | None, margin: float, seed: int, form: str, said: dict[str, Any]
) -> Message:
    """Add what was said to the reviews of the corpus; what all of them come to, with what criterion 48 says."""
    corpus = dataset.read(Path(path))
    rows = review.sample(corpus.records, count=count, margin=margin, seed=seed)
    found = _reviews(rows, reviewer, said)
    write_whole(Path(form), review.form(rows, found))
    known = {
        (one.reviewer, one.id, one.spoilt): (one.judgement, one.traits, one.note) for one in review.read(corpus.path)
    }
    new = [
        one
        for one in found.values()
        if known.get((one.reviewer, one.id, one.spoilt)) != (one.judgement, one.traits, one.note)
    ]
    review.add(corpus.path, new)
    result = review.result(corpus)
    criterion = falsify.falsify(corpus, only=[PEOPLE]).results[0].outcome
    return asdict(result) | {
        "approval": result.approval,
        "interval": list(result.interval),
        "faults": [found.what for found in criterion.evidence],
    }


def _reviews(rows: list[Row], reviewer: str, said: dict[str, Any]) -> dict[str, Review]:
    now = int(time.time())
    return {
        mark: Review(row.record.id, reviewer, **said[mark], spoilt=row.spoilt, at=now)
        for row in rows
        if (mark := review.mark(row.record)) in said
    }
