"""What people say about rows: a sample to read, rows spoilt on purpose among it, and a file of judgements."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from tutor.corpus.dataset import Dataset
from tutor.corpus.schema import Record
from tutor.corpus.statistics import kappa, sample_size, wilson
from tutor.errors import UsageError
from tutor.files import write_whole

TRAITS = ("accurate", "helpful", "idiomatic", "complete")
TRAPS = 3
"""Rows in a sample whose documentation was exchanged: a reviewer who approves of them does not read."""

Judgement = Literal["approve", "reject", "unsure"]
JUDGEMENTS: tuple[Judgement, ...] = ("approve", "reject", "unsure")


@dataclass(frozen=True)
class Row:
    """One row to judge."""

    record: Record
    spoilt: bool


@dataclass(frozen=True)
class Review:
    """What one person said about one row."""

    id: str
    reviewer: str
    judgement: Judgement
    traits: list[str]
    """Of `TRAITS`, those that hold."""
    note: str
    spoilt: bool
    at: int
    """Seconds since 1970."""


@dataclass(frozen=True)
class Result:
    """All reviews together."""

    judged: int
    """Rows, spoilt ones and those that somebody was unsure about not counted."""
    approved: int
    traps: int
    missed: int
    """Spoilt rows that were approved."""
    reviewers: list[str]
    agreement: float | None
    """Cohen's κ of the two who judged most, on the rows that both judged."""

    @property
    def approval(self) -> float:
        """Share of the judged rows: the point estimate is what criterion 48 looks at."""
        return self.approved / self.judged if self.judged else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson."""
        return wilson(self.approved, self.judged)


def sample(records: list[Record], *, count: int | None, margin: float, seed: int) -> list[Row]:
    """Rows to judge, of every category in proportion, with three spoilt ones among them, in a seeded order.

    Args:
        count: rows; None takes as many as an interval of ± `margin` needs.
    """
    wanted = min(len(records), count if count is not None else sample_size(margin))
    dice = random.Random(seed)
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.id):
        groups[record.category].append(record)
    drawn: list[Record] = []
    for name in sorted(groups):
        drawn += dice.sample(groups[name], min(len(groups[name]), round(wanted * len(groups[name]) / len(records))))
    taken = {record.id for record in drawn}
    rest = [record for name in sorted(groups) for record in groups[name] if record.id not in taken]
    drawn += dice.sample(rest, min(len(rest), max(0, wanted - len(drawn))))
    rows = [Row(record, False) for record in drawn[:wanted]]
    rows += [Row(record, True) for record in _spoilt(drawn[:wanted], rest, dice)]
    dice.shuffle(rows)
    return rows


def _spoilt(drawn: list[Record], rest: list[Record], dice: random.Random) -> list[Record]:
    """Rows with the documentation of another item of the same language."""
    found = []
    for victim in dice.sample(rest or drawn, min(TRAPS, len(rest or drawn))):
        others = [
            record
            for record in drawn
            if record.language == victim.language and record.source_file != victim.source_file
        ]
        if others:
            found.append(replace(victim, output=dice.choice(others).output))
    return found


def store(path: Path) -> Path:
    """Where the reviews of a corpus are."""
    return path / "review" / "reviews.jsonl"


def read(path: Path) -> list[Review]:
    """All reviews of a corpus, in the order in which they were given.

    Raises:
        UsageError: a line is damaged.
    """
    file = store(path)
    if not file.is_file():
        return []
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Review(**json.loads(line)))
        except (json.JSONDecodeError, TypeError) as error:
            raise UsageError(f"Line {number} of {file} is no review: {error}.", "Delete that line.") from None
    return found


def add(path: Path, reviews: list[Review]) -> None:
    """Append reviews; the file is never half written."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) for one in [*read(path), *reviews]]
    write_whole(store(path), "".join(f"{line}\n" for line in lines))


def result(dataset: Dataset) -> Result:
    """What the reviews of rows that are still in the corpus come to; a person's later word on a row counts."""
    alive = {record.id for record in dataset.records}
    latest = {(one.reviewer, one.id, one.spoilt): one for one in read(dataset.path)}
    honest = [one for one in latest.values() if not one.spoilt and one.id in alive]
    traps = [one for one in latest.values() if one.spoilt]
    votes: dict[str, list[Judgement]] = defaultdict(list)
    for one in honest:
        if one.judgement != "unsure":
            votes[one.id].append(one.judgement)
    approved = sum(said.count("approve") * 2 > len(said) for said in votes.values())
    return Result(
        judged=len(votes),
        approved=approved,
        traps=len(traps),
        missed=sum(one.judgement == "approve" for one in traps),
        reviewers=sorted({one.reviewer for one in latest.values()}),
        agreement=_agreement(honest),
    )


def _agreement(honest: list[Review]) -> float | None:
    by_reviewer: dict[str, dict[str, str]] = defaultdict(dict)
    for one in honest:
        by_reviewer[one.reviewer][one.id] = one.judgement
    most = sorted(by_reviewer.values(), key=len, reverse=True)[:2]
    both = sorted(most[0].keys() & most[1].keys()) if len(most) == 2 else []
    return kappa([most[0][name] for name in both], [most[1][name] for name in both]) if both else None


_ROW = re.compile(r"^<!-- row ([0-9a-f-]{36}) ([0-9a-f]{8}) -->$")
_BOX = re.compile(r"^- \[([ xX])\] (\w+)")


def mark(record: Record) -> str:
    """Tells a row from its spoilt twin without saying which is which."""
    return hashlib.sha256(f"{record.id} {record.output}".encode()).hexdigest()[:8]


def form(rows: list[Row], said: Mapping[str, Review] | None = None) -> str:
    """A Markdown form with boxes to tick: for those who review in an editor.

    Args:
        said: `mark` → what was said of that row already.
    """
    parts = [
        "# Review\n\nTick what holds of each row, and one of approve, reject, unsure. Notes go on the line `note:`.\n"
    ]
    for number, row in enumerate(rows, 1):
        record = row.record
        one = (said or {}).get(mark(record))
        ticked = (*one.traits, one.judgement) if one else ()
        boxes = "\n".join(f"- [{'x' if name in ticked else ' '}] {name}" for name in (*TRAITS, *JUDGEMENTS))
        parts.append(
            f"<!-- row {record.id} {mark(record)} -->\n## {number}. {record.symbol}\n\n"
            f"{record.source_repo} {record.source_file}:{record.source_line}\n\n"
            f"````{record.language}\n{record.input}\n````\n\n````text\n{record.output}\n````\n\n{boxes}\n"
            f"note: {one.note if one else ''}".rstrip()
            + "\n"
        )
    return "\n".join(parts)


def read_form(text: str, records: list[Record], reviewer: str) -> list[Review]:
    """The judgements of a filled form; rows without one are left out.

    Raises:
        UsageError: two judgements are ticked for one row.
    """
    known = {record.id: record for record in records}
    found: list[Review] = []
    for block in re.split(r"(?m)^(?=<!-- row )", text)[1:]:
        lines = block.split("\n")
        head = _ROW.match(lines[0])
        ticked = [match.group(2) for line in lines if (match := _BOX.match(line)) and match.group(1) != " "]
        chosen = [name for name in JUDGEMENTS if name in ticked]
        if head is None or head.group(1) not in known or not chosen:
            continue
        if len(chosen) > 1:
            raise UsageError(f"The row {head.group(1)} has two judgements: {', '.join(chosen)}.", "Tick one of them.")
        # The last one: documentation has lines of that kind too.
        note = next((line.removeprefix("note:").strip() for line in reversed(lines) if line.startswith("note:")), "")
        spoilt = head.group(2) != mark(known[head.group(1)])
        traits = [name for name in TRAITS if name in ticked]
        found.append(Review(head.group(1), reviewer, chosen[0], traits, note, spoilt, int(time.time())))
    return found
