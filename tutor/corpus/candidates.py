"""From a file's items to candidates for the corpus: records with everything measured that decides about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tutor.corpus import checks, extract_python, extract_rust, forms, gates, score
from tutor.corpus.gates import Measures
from tutor.corpus.items import FileItems, Item
from tutor.corpus.schema import EXTRACTOR_VERSION, Record, content_sha256, record_id
from tutor.corpus.subject import Subject
from tutor.corpus.tokens import Count

LONGEST = 20_000
"""Characters of code or documentation above which an item is not looked at: no model of the course could read it."""


@dataclass(slots=True)
class Candidate:
    """A record and what was found about it."""

    record: Record
    measures: Measures
    failures: dict[str, str]
    """Check → evidence."""
    mentions: list[str]
    """Types that its documentation mentions and its declaration does not explain."""
    doc_stems: frozenset[str]
    code_stems: frozenset[str]


@dataclass(slots=True)
class FileResult:
    """What became of one file."""

    path: str
    candidates: list[Candidate]
    undocumented: int
    tests: int
    too_long: int
    faults: list[str]
    names: set[str]
    error: str = ""
    """Why nothing of it could be used; '' where all went well."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What all records of a source share."""

    name: str
    commit: str
    licence: str


def items_of(language: str, source: bytes, path: str) -> FileItems:
    """Extract with the extractor of the language."""
    return extract_rust.extract(source, path) if language == "rust" else extract_python.extract(source, path)


def from_items(found: FileItems, path: str, origin: Origin, count: Count) -> FileResult:
    """Candidates of one file; `count` counts the tokens of texts."""
    items = [item for item in found.items if max(len(item.signature), len(item.doc)) <= LONGEST]
    outputs = [forms.written(item.language, item.doc, item.inner) for item in items]
    tokens = count([item.signature for item in items] + outputs)
    candidates = []
    for number, (item, output) in enumerate(zip(items, outputs, strict=True)):
        record = _record(item, output, path, origin, tokens[number], tokens[number + len(items)])
        candidates.append(examine(record))
    too_long = len(found.items) - len(items)
    return FileResult(path, candidates, found.undocumented, found.tests, too_long, found.faults, found.names)


def _record(item: Item, output: str, path: str, origin: Origin, tokens_in: int, tokens_out: int) -> Record:
    return Record(
        id=record_id(item.language, item.signature, output),
        input=item.signature,
        output=output,
        category="function",
        source_repo=origin.name,
        source_commit=origin.commit,
        source_file=path,
        source_line=item.line,
        tokens_input=tokens_in,
        tokens_output=tokens_out,
        quality_score=0.0,
        extraction_date=0,
        language=item.language,
        symbol=item.symbol,
        kind=item.kind,
        license=origin.licence,
        content_sha256=content_sha256(item.signature, output),
        body=item.body,
        extractor_version=EXTRACTOR_VERSION,
        gate_report="",
        cluster="",
        split="",
    )


def examine(record: Record) -> Candidate:
    """A record with its category, score, measures and faults; its token counts are taken as they are."""
    subject = Subject(record)
    subject.record = replace(record, category=category(subject))
    failures = checks.failures(subject)
    measures = gates.measure(subject, score.score(subject, failures))
    final = replace(subject.record, quality_score=measures.score, gate_report=measures.to_json())
    mentions = checks.mentioned_types(subject)
    return Candidate(final, measures, failures, mentions, frozenset(subject.doc_stems), frozenset(subject.code_stems))


def category(subject: Subject) -> str:
    """What a documentation is an example of, told from its parts; the rarest kind of part decides."""
    parts = subject.parts
    if subject.record.kind == "module":
        return "module"
    if parts.exceptions or {"errors", "panics", "safety"} & parts.sections.keys():
        return "error"
    if any(example.language for example in parts.examples):
        return "example"
    if parts.parameters or (subject.signature.is_function and subject.named_parameters):
        return "argument"
    return "function"


def row(record: Record | Measures) -> list[Any]:
    """The values of all fields in order; several times faster than `dataclasses.astuple`, which copies deeply."""
    return [getattr(record, name) for name in record.__slots__]


def _candidate_to_json(found: Candidate) -> list[Any]:
    stems = [sorted(found.doc_stems), sorted(found.code_stems)]
    return [row(found.record), row(found.measures), found.failures, found.mentions, *stems]


def to_json(result: FileResult) -> dict[str, Any]:
    """For the cache of extractions; JSON, so that a cache somebody else wrote cannot run code."""
    return {
        **{name: getattr(result, name) for name in ("path", "undocumented", "tests", "too_long", "faults", "error")},
        "names": sorted(result.names),
        "candidates": [_candidate_to_json(found) for found in result.candidates],
    }


def from_json(value: dict[str, Any]) -> FileResult:
    """The inverse of `to_json`.

    Raises:
        KeyError, TypeError: it is of another version.
    """
    candidates = [
        Candidate(Record(*record), Measures(*measures), failures, mentions, frozenset(doc), frozenset(code))
        for record, measures, failures, mentions, doc, code in value["candidates"]
    ]
    return FileResult(**{**value, "names": set(value["names"]), "candidates": candidates})


def to_public(found: Candidate) -> dict[str, Any]:
    """A candidate for people and other programs: columns by name, what it measured, what was found."""
    record, measures = found.record, found.measures
    return {
        **{name: getattr(record, name) for name in record.__slots__ if name not in ("gate_report", "cluster", "split")},
        "gates": {name: getattr(measures, name) for name in measures.__slots__},
        "checks": found.failures,
    }
