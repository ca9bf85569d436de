"""The record of a corpus, its identity, and its columns in Parquet."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "1"
EXTRACTOR_VERSION = "1"
"""Raised whenever the same source would give other records; cached extractions of another version are not used."""

NAMESPACE = uuid.UUID("8b1d2c1e-5a0f-5d0b-9a44-6f1f0c7f3e52")
"""Of record ids. Our own, so that no other program's UUIDs of the same text can collide with them."""

CATEGORIES = ("function", "argument", "example", "error", "module")
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Record:
    """One pair: the code a model is shown, and the documentation its author wrote."""

    id: str
    """UUIDv5 of language, input and output, in lower case."""
    input: str
    """The signature as written, inside its parent's header where it has one."""
    output: str
    """The documentation as it stands in source: `///` lines, or a docstring with its quotes."""
    category: str
    source_repo: str
    """`owner/name`; `pypi/NAME`, `crates/NAME` and `local/NAME` for what is no repository."""
    source_commit: str
    """40 hexadecimal digits: the git commit, or the beginning of the tree's SHA-256 where there is no git."""
    source_file: str
    """Relative to the root of the source, with `/`."""
    source_line: int
    """Of the item's first line after documentation and attributes; 1 for modules."""
    tokens_input: int
    tokens_output: int
    quality_score: float
    """In [0, 1]; see `score`."""
    extraction_date: int
    """Seconds since 1970 (UTC); from SOURCE_DATE_EPOCH, else when the newest source changed."""
    language: str
    symbol: str
    """`Parser::new`, `Console.print`."""
    kind: str
    """What is documented: function, method, struct, class, module, …"""
    license: str
    """An SPDX expression."""
    content_sha256: str
    """Of input, NUL, output."""
    body: str
    """The item's code without its documentation; '' where it is long or has none."""
    extractor_version: str
    gate_report: str
    """JSON: what each gate measured."""
    cluster: str
    """Records of one cluster (file or near-duplicate) are never in two splits."""
    split: str


COLUMNS = tuple(field.name for field in fields(Record))
_INTEGERS = {"source_line": "int32", "tokens_input": "int32", "tokens_output": "int32", "quality_score": "float32"}


def record_id(language: str, input_: str, output: str) -> str:
    """UUIDv5 of the content: the same pair has the same id in every build."""
    return str(uuid.uuid5(NAMESPACE, "\0".join((language, input_, output))))


def content_sha256(input_: str, output: str) -> str:
    """SHA-256 of input, NUL, output; without the separator ("ab", "c") would equal ("a", "bc")."""
    return hashlib.sha256(f"{input_}\0{output}".encode("utf-8", "surrogatepass")).hexdigest()


def corpus_sha256(records: list[Record]) -> str:
    """SHA-256 over id, split and content hash of all records, in order of id; it does not depend on the files."""
    digest = hashlib.sha256()
    for record in sorted(records, key=lambda record: (record.id, record.split)):
        digest.update(f"{record.id} {record.split} {record.content_sha256}\n".encode())
    return digest.hexdigest()


@cache
def arrow_schema() -> pa.Schema:
    """The columns of the Parquet files; the schema version is in their metadata."""
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        name: getattr(pa, _INTEGERS[name])() if name in _INTEGERS else pa.string() for name in COLUMNS
    }
    # Parquet knows no timestamps in seconds.
    types["extraction_date"] = pa.timestamp("ms", tz="UTC")
    columns = [pa.field(name, kind, nullable=False) for name, kind in types.items()]
    return pa.schema(columns, metadata={"corpus_schema": SCHEMA_VERSION})


def to_table(records: list[Record]) -> pa.Table:
    """`[rows, columns]` in the order of `records`."""
    import pyarrow as pa

    schema = arrow_schema()
    columns: list[Any] = [
        pa.array([getattr(record, field.name) for record in records], type=field.type)
        for field in schema
        if field.name != "extraction_date"
    ]
    when = pa.array([record.extraction_date * 1000 for record in records], type=pa.int64())
    columns.insert(COLUMNS.index("extraction_date"), when.cast(schema.field("extraction_date").type))
    return pa.table(columns, schema=schema)


def from_table(table: pa.Table) -> list[Record]:
    """The records of a table that has our columns, in their order."""
    columns = {name: table.column(name).to_pylist() for name in COLUMNS if name != "extraction_date"}
    # As far as 32 bits hold them.
    columns["quality_score"] = [round(score, 4) for score in columns["quality_score"]]
    dates = table.column("extraction_date").cast(arrow_schema().field("extraction_date").type).cast("int64")
    columns["extraction_date"] = [date // 1000 for date in dates.to_pylist()]
    return [Record(*row) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]
