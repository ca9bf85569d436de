"""Criteria 1 to 10: are the rows what they say, and do they come from where they say? All of them can veto."""

from __future__ import annotations

import time
import uuid
from collections import Counter

from tutor.corpus import archives, dataset, dedup, forms, sources, trees
from tutor.corpus.criteria.base import Context, Criterion, Evidence, NotRun, Outcome, each_row, judged, place
from tutor.corpus.lock import LockedSource
from tutor.corpus.schema import content_sha256, record_id
from tutor.corpus.select import LEAK
from tutor.corpus.subject import Subject
from tutor.errors import TutorError

EARLIEST = 1577836800
"""2020-01-01."""
NAME_WITHIN = 4
"""A declaration's name stands within so many lines of its first."""


def commits_exist(context: Context) -> Outcome:
    """Every row's commit is that of its source, and the source still has it."""
    commits = {source.name: source.commit for source in context.lock.sources}
    found = [
        Evidence(place(record), f"its commit {record.source_commit[:12]} is none of the lock's")
        for record in context.records
        if commits.get(record.source_repo) != record.source_commit
    ]
    for source in context.lock.sources:
        if fault := _commit_fault(context, source):
            found.append(Evidence(source.name, fault))
    return judged(found, len(context.records))


def _commit_fault(context: Context, source: LockedSource) -> str:
    tree = context.tree(source.name)
    if tree.kind == "git":
        try:
            archives.git(f"--git-dir={sources.git_directory(tree)}", "cat-file", "-e", f"{source.commit}^{{commit}}")
        except TutorError as error:
            return error.what
        return ""
    now = _listing(context, source).sha256
    return (
        "" if now == source.tree_sha256 and now.startswith(source.commit) else f"its files have the hash {now[:12]} now"
    )


def _listing(context: Context, source: LockedSource) -> trees.Listing:
    extraction = context.lock.config["extract"]
    return trees.list_files(
        context.tree(source.name), tests=extraction["tests"], max_bytes=extraction["max_file_bytes"]
    )


def files_exist(context: Context) -> Outcome:
    """Every row's file stands in its source's manifest, and is there with the same bytes."""
    manifests = {source.name: source.manifest for source in context.lock.sources}
    listings = {source.name: _listing(context, source).files for source in context.lock.sources}
    found = []
    for record in context.records:
        wanted = manifests.get(record.source_repo, {}).get(record.source_file)
        if wanted is None:
            found.append(Evidence(place(record), "its file is not in the manifest"))
        elif listings[record.source_repo].get(record.source_file) != wanted:
            found.append(Evidence(place(record), "its file is gone or changed"))
    return judged(found, len(context.records))


def lines_exist(context: Context) -> Outcome:
    """The line that a row names is there, and names the row's item."""
    lines: dict[tuple[str, str], list[str]] = {}
    found = []
    for record in context.records:
        key = (record.source_repo, record.source_file)
        if key not in lines:
            lines[key] = _lines(context, *key)
        if fault := _line_fault(lines[key], record.source_line, "" if record.kind == "module" else record.symbol):
            found.append(Evidence(place(record), fault))
    return judged(found, len(context.records))


def _lines(context: Context, name: str, path: str) -> list[str]:
    try:
        return trees.read(context.tree(name), path).decode("utf-8", "replace").split("\n")
    except OSError as error:
        raise NotRun(f"{path} of {name} cannot be read: {error.strerror or error}") from None


def _line_fault(lines: list[str], line: int, symbol: str) -> str:
    if not 1 <= line <= len(lines):
        return f"its file has {len(lines)} lines"
    name = symbol.replace("::", ".").rpartition(".")[2]
    near = "\n".join(lines[line - 1 : line - 1 + NAME_WITHIN])
    return "" if name in near else f"{name} does not stand there"


def _blank(text: str, what: str) -> str:
    return "" if text.strip() else f"has no {what}"


def _says_nothing(subject: Subject) -> str:
    try:
        doc = forms.plain(subject.record.language, subject.record.output)
    except ValueError:
        doc = subject.record.output
    return _blank(doc, "documentation")


def ids_unique(context: Context) -> Outcome:
    """No id stands on two rows."""
    counts = Counter(record.id for record in context.records)
    found = [Evidence(name, f"stands on {count} rows") for name, count in sorted(counts.items()) if count > 1]
    return judged(found, len(context.records))


def _id_fault(subject: Subject) -> str:
    record = subject.record
    try:
        canonical = str(uuid.UUID(record.id)) == record.id
    except ValueError:
        canonical = False
    if not canonical:
        return f"{record.id!r} is no canonical UUID"
    return (
        ""
        if record.id == record_id(record.language, record.input, record.output)
        else "its id is not that of its content"
    )


def schema_matches(context: Context) -> Outcome:
    """The schema written in each Parquet file is ours: names, types, order, no nulls, version."""
    files = dataset.parquet_files(context.dataset.path)
    found = [Evidence(file.name, fault) for file in files if (fault := dataset.schema_fault(file))]
    return judged(found, len(files), "files")


def no_duplicates(context: Context) -> Outcome:
    """No pair stands twice; no input has two answers; no near-duplicate stands in training and outside."""
    records = context.records
    found = []
    seen: dict[str, int] = {}
    inputs: dict[tuple[str, str], int] = {}
    for number, record in enumerate(records):
        digest = content_sha256(record.input, record.output)
        if digest != record.content_sha256:
            found.append(Evidence(place(record), "its hash is not that of its content"))
        first = seen.setdefault(digest, number)
        rival = inputs.setdefault((record.language, record.input), number)
        if first != number:
            found.append(Evidence(place(record), f"equals {place(records[first])}"))
        elif rival != number:
            found.append(Evidence(place(record), f"has the input of {place(records[rival])} and another output"))
    docs = [subject.doc for subject in context.subjects]
    splits = [record.split for record in records]
    for one, other, similarity in dedup.leakage(docs, splits, LEAK, context.standard.dedup.permutations):
        what = f"is {similarity:.0%} like {place(records[other])}, across splits"
        found.append(Evidence(place(records[one]), what))
    return judged(found, len(records))


def _date_fault(subject: Subject) -> str:
    when = subject.record.extraction_date
    return "" if EARLIEST <= when <= time.time() else f"is dated {time.strftime('%Y-%m-%d', time.gmtime(when))}"


def _criterion(number: int, title: str, attempt: str, test: object) -> Criterion:
    return Criterion(number, "integrity", 2, title, attempt, test, veto=True)  # type: ignore[arg-type]


CRITERIA = (
    _criterion(
        1, "commits exist", "look every commit up in its source, and hash trees without git again", commits_exist
    ),
    _criterion(2, "files exist", "look every file up in its source and compare its hash", files_exist),
    _criterion(3, "lines are right", "open every file at the line and look for the item's name", lines_exist),
    _criterion(
        4,
        "no empty input",
        "find an input without text",
        lambda c: each_row(c, lambda s: _blank(s.record.input, "input")),
    ),
    _criterion(5, "no empty output", "find an output with marks only", lambda c: each_row(c, _says_nothing)),
    _criterion(6, "ids are unique", "find an id twice", ids_unique),
    _criterion(7, "ids are UUIDs of the content", "compute every id again", lambda c: each_row(c, _id_fault)),
    _criterion(8, "the Parquet schema is ours", "compare the schema in each file", schema_matches),
    _criterion(9, "no duplicates, no leakage", "hash and MinHash all rows, across splits too", no_duplicates),
    _criterion(
        10, "dates are possible", "find a date before 2020 or in the future", lambda c: each_row(c, _date_fault)
    ),
)
