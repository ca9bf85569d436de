"""Screenfuls of rows, and single ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor.corpus import browse, query
from tutor.engine.protocol import Call, Message

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["counts", "detail", "page"]

_latest: dict[tuple[str, ...], tuple[object, pa.Array]] = {}
"""The answer to the latest query of each view: paging asks for it again and again."""


def counts(_call: Call, path: str) -> Message:
    """`{kept, rejected, problems}`."""
    return browse.counts(Path(path))


def page(call: Call, path: str, view: str, line: str, order: str, start: int, count: int) -> Message:
    """`{total, rows}`: how many rows the query keeps, and `count` of them from `start` on."""
    rows, found = _found(call, path, view, line, order)
    return {"total": len(found), "rows": rows.listed.take(found.slice(start, count)).to_pylist()}


def detail(call: Call, path: str, view: str, line: str, order: str, place: int) -> Message:
    """All of the row at `place` of what the query keeps."""
    rows, found = _found(call, path, view, line, order)
    return rows.whole(found[place].as_py())


def _found(call: Call, path: str, view: str, line: str, order: str) -> tuple[browse.Rows, pa.Array]:
    rows = browse.open_rows(view, Path(path))
    known = _latest.get((path, view))
    if known is None or known[0] != (line, order, rows):
        asked = query.parse(line, rows.listed.column_names)
        known = ((line, order, rows), browse.places(rows, asked, order, call.check))
        _latest[path, view] = known
    return rows, known[1]
