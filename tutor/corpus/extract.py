"""Extraction of whole sources: parallel over files, the same result in any order of work, and resumable."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from tutor import paths
from tutor.corpus import candidates, licences, tokens, trees
from tutor.corpus.candidates import Candidate, FileResult, Origin
from tutor.corpus.config import Config
from tutor.corpus.problems import Problem
from tutor.corpus.schema import EXTRACTOR_VERSION
from tutor.corpus.syntax import LANGUAGES
from tutor.corpus.trees import Listing, SourceTree
from tutor.errors import TutorError
from tutor.files import write_whole

CHUNK_FILES = 48
CHUNK_BYTES = 512 * 1024
SMALL_BYTES = 1_500_000
"""Below this, starting processes costs more than it saves."""


@dataclass(frozen=True)
class Progress:
    """How far a long step has come."""

    stage: str
    done: int
    total: int
    what: str


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """A report that nobody reads."""


def never() -> None:
    """A check for stopping that never stops."""


@dataclass
class Extraction:
    """All that one source gave."""

    tree: SourceTree
    listing: Listing
    candidates: list[Candidate] = field(default_factory=list)
    undocumented: int = 0
    tests: int = 0
    too_long: int = 0
    names: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def commit(self) -> str:
        """The git commit, or the beginning of the tree's hash."""
        return self.tree.commit or self.listing.sha256[:40]


@dataclass(frozen=True)
class Chunk:
    """Files that are worked on together."""

    root: str
    origin: Origin
    files: tuple[tuple[str, str], ...]
    """(path, SHA-256)."""
    tokenizer: str

    @property
    def key(self) -> str:
        facts = [EXTRACTOR_VERSION, code_sha256(), self.origin.name, self.origin.commit, self.origin.licence]
        facts += [tokens.identity(Path(self.tokenizer)), *(part for file in self.files for part in file)]
        return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def code_sha256() -> str:
    """Of the corpus tool's own code: an extraction by other code is another extraction."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def workers() -> int:
    """Processes to work with: the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract_all(
    sources: list[SourceTree],
    config: Config,
    *,
    report: Report = silent,
    check_stop: Callable[[], None] = never,
    processes: int | None = None,
    use_cache: bool = True,
) -> Iterator[Extraction]:
    """Extract the sources one after the other, in their order; memory holds one source.

    Args:
        check_stop: called between files; whatever it raises ends the work. What was done stays in the cache.
        processes: None takes all cores; 1 works in this process.
        use_cache: whether chunks of files that were done before are taken from the cache.

    Raises:
        TutorError: a worker process died.
    """
    tokenizer = tokens.tokenizer_file(config.extract.tokenizer)
    wanted = workers() if processes is None else processes
    with ExitStack() as stack:
        pool: ProcessPoolExecutor | None = None
        for tree in sources:
            listing = trees.list_files(tree, tests=config.extract.tests, max_bytes=config.extract.max_file_bytes)
            if pool is None and wanted > 1 and listing.total_bytes > SMALL_BYTES:
                # Spawned, not forked: the caller may be an app with threads.
                pool = stack.enter_context(ProcessPoolExecutor(wanted, mp_context=multiprocessing.get_context("spawn")))
            yield _extract(tree, listing, config, tokenizer, pool, report, check_stop, use_cache)


def _extract(
    tree: SourceTree,
    listing: Listing,
    config: Config,
    tokenizer: Path,
    pool: ProcessPoolExecutor | None,
    report: Report,
    check_stop: Callable[[], None],
    use_cache: bool,
) -> Extraction:
    extraction = Extraction(tree, listing, problems=list(listing.problems))
    chunks = _chunks(tree, listing, extraction.commit, tokenizer)
    done = 0
    for chunk, results in _run(chunks, pool, check_stop, use_cache):
        for result in results:
            _collect(extraction, result)
        done += len(chunk.files)
        report(Progress("extract", done, len(listing.files), tree.name))
    if limit := config.extract.max_per_source:
        spread = sorted(extraction.candidates, key=lambda found: found.record.id)[:limit]
        chosen = {id(found) for found in spread}
        extraction.candidates = [found for found in extraction.candidates if id(found) in chosen]
    return extraction


def _collect(extraction: Extraction, result: FileResult) -> None:
    name = extraction.tree.name
    if result.error:
        extraction.problems.append(Problem(name, result.path, result.error))
    elif result.faults:
        what = f"{result.faults[0]} ({len(result.faults)} in all); the rest of the file was used"
        extraction.problems.append(Problem(name, result.path, what, lost=False))
    extraction.candidates += result.candidates
    extraction.undocumented += result.undocumented
    extraction.tests += result.tests
    extraction.too_long += result.too_long
    extraction.names |= result.names


def _chunks(tree: SourceTree, listing: Listing, commit: str, tokenizer: Path) -> list[Chunk]:
    origin = Origin(tree.name, commit, tree.licence)
    groups: list[list[tuple[str, str]]] = [[]]
    size = 0
    for path, digest in listing.files.items():
        if groups[-1] and (len(groups[-1]) == CHUNK_FILES or size > CHUNK_BYTES):
            groups.append([])
            size = 0
        groups[-1].append((path, digest))
        size += _size(tree.root / path)
    return [Chunk(str(tree.root), origin, tuple(group), str(tokenizer)) for group in groups if group]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _run(
    chunks: list[Chunk], pool: ProcessPoolExecutor | None, check_stop: Callable[[], None], use_cache: bool
) -> Iterator[tuple[Chunk, list[FileResult]]]:
    """The chunks' results in order, a few chunks ahead of who reads them."""
    waiting: deque[tuple[Chunk, Path, Future[str] | str | None]] = deque()
    ahead = 3 * workers()
    coming = iter(chunks)
    while True:
        while len(waiting) < ahead and (chunk := next(coming, None)):
            kept = cached_chunks() / f"{chunk.key}.json"
            text = kept.read_text(encoding="utf-8") if use_cache and kept.is_file() else None
            waiting.append((chunk, kept, text or (pool.submit(work, chunk) if pool else None)))
        if not waiting:
            return
        check_stop()
        chunk, kept, job = waiting.popleft()
        text = job if isinstance(job, str) else _result(chunk, job)
        if use_cache and not isinstance(job, str):
            write_whole(kept, text)
        yield chunk, [candidates.from_json(value) for value in json.loads(text)]


def _result(chunk: Chunk, job: Future[str] | None) -> str:
    try:
        return job.result() if job else work(chunk)
    except BrokenProcessPool as error:
        raise TutorError(
            f"A worker process died while reading {chunk.origin.name}.", "Free some memory and run the command again."
        ) from error


def cached_chunks() -> Path:
    """One file per finished chunk of files: what a killed run goes on from."""
    return paths.cache_dir() / "corpus" / "extractions"


def forget_chunks() -> None:
    """Delete all finished extractions; they can be made again."""
    shutil.rmtree(cached_chunks(), ignore_errors=True)


def work(chunk: Chunk) -> str:
    """Extract one chunk of files, in a worker process; returns JSON."""
    count = tokens.counter(Path(chunk.tokenizer))
    results = [_work_file(Path(chunk.root), path, digest, chunk.origin, count) for path, digest in chunk.files]
    return json.dumps([candidates.to_json(result) for result in results], ensure_ascii=True)


def _work_file(root: Path, path: str, digest: str, origin: Origin, count: tokens.Count) -> FileResult:
    nothing = FileResult(path, [], 0, 0, 0, [], set())
    try:
        source = (root / path).read_bytes()
    except OSError as error:
        nothing.error = f"went away while the source was read: {error.strerror}"
        return nothing
    nothing.error = _unreadable(source, digest)
    if nothing.error:
        return nothing
    language = LANGUAGES[PurePosixPath(path).suffix]
    own = licences.of_header(source)
    try:
        found = candidates.items_of(language, source, path)
        return candidates.from_items(found, path, Origin(origin.name, origin.commit, own or origin.licence), count)
    except RecursionError:
        nothing.error = "is nested too deeply"
        return nothing


def _unreadable(source: bytes, digest: str) -> str:
    if hashlib.sha256(source).hexdigest() != digest:
        return "changed while the source was read"
    if b"\0" in source:
        return "holds NUL bytes"
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8: byte {error.start:,}"
    return ""
