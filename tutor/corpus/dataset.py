"""A corpus on disk: Parquet that `datasets.load_dataset` reads, JSON lines, rejects; written and read back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.corpus.lock import LOCK, Lock, read_lock
from tutor.corpus.problems import Problem
from tutor.corpus.schema import COLUMNS, SPLITS, Record, arrow_schema, from_table, to_table
from tutor.corpus.select import Rejection
from tutor.errors import TutorError, UsageError
from tutor.files import write_whole

ROWS_PER_GROUP = 1_000
"""Rows of a row group: what the viewer reads at a time."""
COMPRESSION_LEVEL = 3

CARD = "README.md"
REJECTED = "rejected.jsonl"
PROBLEMS = "problems.jsonl"
REJECTED_COLUMNS = tuple(name for name in COLUMNS if name not in ("body", "gate_report", "cluster", "split"))
"""What a rejected record is shown by; it has no split, and its code is long."""


@dataclass
class Dataset:
    """A corpus directory, opened."""

    path: Path
    records: list[Record]

    @cached_property
    def lock(self) -> Lock:
        """`corpus.lock`.

        Raises:
            TutorError: there is none, or it is damaged.
        """
        return read_lock(self.path / LOCK)

    @property
    def has_lock(self) -> bool:
        """Whether it says how it was made."""
        return (self.path / LOCK).is_file()

    @cached_property
    def card(self) -> str:
        """The text of the card, or ''."""
        card = self.path / CARD
        return card.read_text(encoding="utf-8") if card.is_file() else ""


def parquet_name(split: str) -> str:
    """Where a split lies, as the Hub names it."""
    return f"data/{split}-00000-of-00001.parquet"


def write_splits(directory: Path, records: list[Record]) -> None:
    """`data/*.parquet` and `jsonl/*.jsonl`, sorted by id; the same records give the same bytes.

    A split without records has no file.
    """
    import pyarrow.parquet as pq

    (directory / "data").mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        rows = sorted((record for record in records if record.split == split), key=lambda record: record.id)
        if not rows:
            continue
        pq.write_table(
            to_table(rows),
            directory / parquet_name(split),
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            row_group_size=ROWS_PER_GROUP,
        )
        lines = [json.dumps(as_dict(record), ensure_ascii=False) for record in rows]
        write_whole(directory / "jsonl" / f"{split}.jsonl", "".join(f"{line}\n" for line in lines))


def as_dict(record: Record) -> dict[str, Any]:
    """Column → value."""
    return {name: getattr(record, name) for name in COLUMNS}


def write_rejected(directory: Path, rejected: list[Rejection]) -> None:
    """Every record that was dropped, with its stage and reasons."""
    rows = (
        {
            **{name: getattr(found.candidate.record, name) for name in REJECTED_COLUMNS},
            "stage": found.stage,
            "reasons": found.reasons,
        }
        for found in rejected
    )
    write_whole(directory / REJECTED, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def write_problems(directory: Path, problems: list[Problem]) -> None:
    """Every file that could not be used, or not wholly, and why."""
    rows = [json.dumps(asdict(problem), ensure_ascii=False) + "\n" for problem in problems]
    write_whole(directory / PROBLEMS, "".join(rows))


def read(path: Path) -> Dataset:
    """Open a corpus directory or a single Parquet file of one.

    Raises:
        UsageError: there is no corpus.
        TutorError: a file is damaged or has other columns.
    """
    files = parquet_files(path)
    if not files:
        raise UsageError(f"There is no corpus in {path}.", "Make one: tutor corpus build -o DIR")
    records = [record for file in files for record in _read_file(file)]
    return Dataset(path if path.is_dir() else path.parent, records)


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files of a corpus, training first."""
    if path.is_file():
        return [path]
    return [file for split in SPLITS for file in sorted((path / "data").glob(f"{split}-*.parquet"))]


def _read_file(file: Path) -> list[Record]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise TutorError(f"{file} cannot be read as Parquet: {error}.", "Build the corpus again.") from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise TutorError(f"{file} has no column {missing[0]}.", "It is no corpus of this version; build it again.")
    return from_table(table)


def schema_fault(file: Path) -> str:
    """How the schema written in a file differs from ours, or ''."""
    import pyarrow.parquet as pq

    found, ours = pq.read_schema(file), arrow_schema()
    if found.names != ours.names:
        odd = sorted(set(found.names) ^ set(ours.names)) or ["their order"]
        return f"{file.name} differs in {odd[0]}"
    for field in ours:
        if found.field(field.name).type != field.type:
            return f"{file.name}: {field.name} is {found.field(field.name).type}, not {field.type}"
        if found.field(field.name).nullable:
            return f"{file.name}: {field.name} may be null"
    version = (found.metadata or {}).get(b"corpus_schema")
    return "" if version == ours.metadata[b"corpus_schema"] else f"{file.name} is of schema version {version!r}"


def written_by(file: Path) -> str:
    """The program that wrote a Parquet file, as it says itself."""
    import pyarrow.parquet as pq

    return str(pq.read_metadata(file).created_by)
