"""Criteria 38 to 43: can the corpus be made again? All of them can veto."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tutor.corpus import archives, config, dataset, licences, lock, rebuild
from tutor.corpus.criteria.base import Context, Criterion, Evidence, NotRun, Outcome, judged, place
from tutor.corpus.schema import COLUMNS, corpus_sha256
from tutor.errors import TutorError

_CHOSEN_LATER = {"extraction_date", "cluster", "split"}


def idempotent(context: Context) -> Outcome:
    """A fresh extraction of the same sources gives every row again, in all its columns."""
    fresh = {
        (found.record.id, found.record.source_file, found.record.source_line): found.record
        for extraction in context.extractions.values()
        for found in extraction.candidates
    }
    found = []
    for record in context.records:
        again = fresh.get((record.id, record.source_file, record.source_line))
        if again is None:
            found.append(Evidence(place(record), "is not found again"))
            continue
        differing = [
            name for name in COLUMNS if name not in _CHOSEN_LATER and getattr(again, name) != getattr(record, name)
        ]
        if differing:
            found.append(Evidence(place(record), f"differs in {', '.join(differing)}"))
    return judged(found, len(context.records))


def pinned(context: Context) -> Outcome:
    """Every tool has an exact version in the lock, and the files were written by that version."""
    tools = context.lock.tools
    found = [
        Evidence(name, f"has the version {tools.get(name)!r}")
        for name in lock.TOOLS
        if not re.fullmatch(r"\d+(\.\d+)*[\w.+-]*", tools.get(name, ""))
    ]
    for file in dataset.parquet_files(context.dataset.path):
        writer = dataset.written_by(file)
        if not writer.endswith(f"version {tools.get('pyarrow')}"):
            found.append(Evidence(file.name, f"was written by {writer}"))
    return judged(found, len(lock.TOOLS), "tools")


def documented(context: Context) -> Outcome:
    """The lock names machine, tokenizer and thresholds, and every row has a licence that lets it be passed on."""
    written = context.lock
    found = [
        Evidence("environment", f"does not name {name}")
        for name in ("python", "implementation", "system", "machine")
        if not written.environment.get(name)
    ]
    chosen = config.from_dict(written.config)
    if chosen.sha256 != written.config_sha256:
        found.append(Evidence("configuration", "its hash is another than the lock's"))
    if chosen.seed != written.seed:
        found.append(Evidence("seed", f"is {chosen.seed} in the configuration and {written.seed} in the lock"))
    if not re.fullmatch(r"[0-9a-f]{64}", written.tokenizer_sha256):
        found.append(Evidence("tokenizer", "has no hash"))
    for record in context.records:
        if not licences.allowed(record.license, context.standard.licences):
            found.append(Evidence(place(record), f"its licence {record.license!r} is not on the list"))
    return judged(found, len(context.records))


def cloneable(context: Context) -> Outcome:
    """Every source can be had again from where the lock says; over a network only when that is allowed."""
    found = []
    for source in context.lock.sources:
        if fault := _fetch_fault(context, source.locator, source.name):
            found.append(Evidence(source.name, fault))
    return judged(found, len(context.lock.sources), "sources")


def _fetch_fault(context: Context, locator: str, name: str) -> str:
    remote = re.match(r"git\+((https?|ssh|git)://.*)@", locator)
    if not remote:
        tree = context.trees[name]
        return tree if isinstance(tree, str) else ""
    if not context.network:
        raise NotRun(f"{name} lies on another machine; try it with --network.")
    try:
        archives.git("ls-remote", "--exit-code", "--", remote.group(1), "HEAD")
    except TutorError as error:
        return error.what
    return ""


def runnable(context: Context) -> Outcome:
    """The pipeline runs from the lock in a fresh process, elsewhere, and writes the same bytes."""
    context.tree(context.lock.sources[0].name)
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        output = Path(scratch) / "corpus"
        said = rebuild.in_fresh_process(context.dataset.path / lock.LOCK, output, rebuild.ELSEWHERE[0])
        if said:
            return judged([Evidence("pipeline", said)], 1, "runs")
        made = lock.output_hashes(output)
    found = [
        Evidence(name, "is written with other bytes" if name in made else "is not written")
        for name, digest in sorted(context.lock.outputs.items())
        if made.get(name) != digest
    ]
    return judged(found, len(context.lock.outputs), "files")


def hash_documented(context: Context) -> Outcome:
    """The hashes in lock and card are those of the rows and files that are here."""
    now = corpus_sha256(context.records)
    found = []
    if now != context.lock.corpus_sha256:
        found.append(Evidence("corpus.lock", f"says {context.lock.corpus_sha256[:12]}, the rows have {now[:12]}"))
    if now not in context.dataset.card:
        found.append(Evidence(dataset.CARD, f"does not name {now[:12]}"))
    files = lock.output_hashes(context.dataset.path)
    for name, digest in sorted(context.lock.outputs.items()):
        if files.get(name) != digest:
            found.append(Evidence(name, "has another hash than the lock says" if name in files else "is gone"))
    return judged(found, len(context.lock.outputs), "files")


def _criterion(number: int, points: int, title: str, attempt: str, test: object) -> Criterion:
    return Criterion(number, "reproducibility", points, title, attempt, test, veto=True)  # type: ignore[arg-type]


CRITERIA = (
    _criterion(38, 3, "extraction is idempotent", "extract again and compare every column", idempotent),
    _criterion(39, 2, "tools are pinned", "find a tool without a version, a file of another", pinned),
    _criterion(40, 2, "environment and licences are documented", "find what the lock leaves open", documented),
    _criterion(41, 2, "sources can be had again", "fetch or open each", cloneable),
    _criterion(42, 3, "the pipeline runs", "run it from the lock, elsewhere, and compare bytes", runnable),
    _criterion(43, 3, "hashes are documented and true", "compute them again", hash_documented),
)
