"""A corpus to look through: a few columns of all rows in memory, everything else read where it is looked at."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tutor.corpus import dataset, query, schema
from tutor.corpus.query import Query
from tutor.errors import TutorError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

LISTED = (
    "id", "category", "quality_score", "language", "kind", "symbol", "source_repo", "source_file", "source_line",
    "license", "tokens_input", "tokens_output",
)  # fmt: skip
"""Columns of a list, of kept and of rejected rows."""
TEXTS = ("symbol", "input", "output")
"""What a pattern is looked for in."""
LINES = 1_000
"""Rejected rows that are searched at a time."""


class Rows(Protocol):
    """The rows of one file or several, in their order there."""

    listed: pa.Table

    def texts(self) -> Iterator[pa.Table]:
        """The texts of all rows, a piece at a time, each `[rows, TEXTS]`."""

    def whole(self, place: int) -> dict[str, Any]:
        """All columns of one row."""


class Kept:
    """The rows of a corpus. Parquet: a screenful needs one row group, a search one row group at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = [pq.ParquetFile(file) for file in dataset.parquet_files(path)]
        if not files:
            raise UsageError(f"There is no corpus in {path}.", "Make one: tutor corpus build -o DIR")
        self.listed = pa.concat_tables(file.read(columns=[*LISTED, "split"]) for file in files)
        self._groups = [(file, number) for file in files for number in range(file.num_row_groups)]
        sizes = [file.metadata.row_group(number).num_rows for file, number in self._groups]
        self._starts = [0, *accumulate(sizes)]

    def texts(self) -> Iterator[pa.Table]:
        """Row group by row group."""
        for file, number in self._groups:
            yield file.read_row_group(number, columns=list(TEXTS))

    def whole(self, place: int) -> dict[str, Any]:
        """A row, with what gates, checks and score say of it."""
        from tutor.corpus.explain import explained

        group = bisect_right(self._starts, place) - 1
        file, number = self._groups[group]
        return explained(schema.from_table(file.read_row_group(number).slice(place - self._starts[group], 1))[0])


class Rejected:
    """The records that were dropped, with the stage and the reasons. Lines of JSON: where each begins is remembered."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self._file = path / dataset.REJECTED
        self._starts: list[int] = []
        columns: dict[str, list[Any]] = {name: [] for name in (*LISTED, "stage", "reasons")}
        for start, row in self._lines():
            self._starts.append(start)
            for name, values in columns.items():
                values.append(", ".join(row["reasons"]) if name == "reasons" else row[name])
        types = schema.arrow_schema()
        fields = [types.field(name) if name in LISTED else pa.field(name, pa.string()) for name in columns]
        self.listed = pa.table(columns, schema=pa.schema(fields))

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        at = 0
        if not self._file.is_file():
            return
        with self._file.open("rb") as file:
            for line in file:
                try:
                    row = json.loads(line)
                    if not {*LISTED, *TEXTS, "stage", "reasons"} <= row.keys():
                        raise ValueError("it is of another version")
                except ValueError as error:
                    raise TutorError(f"{self._file} is damaged: {error}.", "Build the corpus again.") from None
                yield at, row
                at += len(line)

    def texts(self) -> Iterator[pa.Table]:
        """A thousand lines at a time."""
        import pyarrow as pa

        waiting: list[dict[str, Any]] = []
        for _, row in self._lines():
            waiting.append({name: row[name] for name in TEXTS})
            if len(waiting) == LINES:
                yield pa.Table.from_pylist(waiting)
                waiting = []
        if waiting:
            yield pa.Table.from_pylist(waiting)

    def whole(self, place: int) -> dict[str, Any]:
        """A row as its line says it."""
        with self._file.open("rb") as file:
            file.seek(self._starts[place])
            row: dict[str, Any] = json.loads(file.readline())
            return row


KINDS: dict[str, Callable[[Path], Rows]] = {"kept": Kept, "rejected": Rejected}


@lru_cache(maxsize=4)
def _opened(kind: str, path: Path, _stamp: tuple[int, ...]) -> Rows:
    return KINDS[kind](path)


def open_rows(kind: str, path: Path) -> Rows:
    """The `kept` or `rejected` rows of a corpus; opened once for as long as their files do not change.

    Raises:
        UsageError: there is no corpus.
        TutorError: a file is damaged.
    """
    import pyarrow as pa

    files = [*dataset.parquet_files(path), path / dataset.REJECTED]
    stamp = tuple(file.stat().st_mtime_ns for file in files if file.is_file())
    try:
        return _opened(kind, path, stamp)
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise TutorError(f"{path} cannot be read: {error}.", "Build the corpus again.") from error


def places(rows: Rows, asked: Query, order: str, check_stop: Callable[[], None]) -> pa.Array:
    """The places `[rows]` of the rows that a query keeps, in order.

    Args:
        order: a column, with `-` before it for the largest first; '' for the order of the files.
        check_stop: called between pieces of a search; whatever it raises ends it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = pa.chunked_array([pa.array([True] * len(rows.listed), pa.bool_())])
    for condition in asked.conditions:
        mask = pc.and_(mask, query.holds(rows.listed, condition))
    if asked.pattern:
        mask = pc.and_(mask, _matching(rows, asked.pattern, check_stop))
    found = pc.indices_nonzero(mask)
    if order:
        direction = "descending" if order.startswith("-") else "ascending"
        column = rows.listed.column(order.lstrip("-")).take(found)
        by = pa.table({"by": column, "place": found})  # equal ones stay in their order
        found = found.take(pc.sort_indices(by, sort_keys=[("by", direction), ("place", "ascending")]))
    return found


def _matching(rows: Rows, pattern: str, check_stop: Callable[[], None]) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    pieces = [pa.array([], pa.bool_())]
    for table in rows.texts():
        check_stop()
        try:
            found = [pc.match_substring_regex(table.column(name), pattern, ignore_case=True) for name in TEXTS]
        except pa.ArrowInvalid as error:  # RE2 knows no look-around, which Python's `re` let pass
            raise UsageError(f"{pattern!r} cannot be searched for: {error}.", "Write it more simply.") from None
        pieces.append(pc.or_(pc.or_(found[0], found[1]), found[2]).combine_chunks())
    return pa.chunked_array(pieces)


def counts(path: Path) -> dict[str, Any]:
    """What a corpus holds: rows kept, rows rejected, and problems with files."""
    problems = path / dataset.PROBLEMS
    return {
        "kept": len(open_rows("kept", path).listed),
        "rejected": len(open_rows("rejected", path).listed),
        "problems": sum(1 for _ in problems.open("rb")) if problems.is_file() else 0,
    }
