"""Extraction of whole sources: parallel over files, the same result in any order of work, and resumable."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tutor.corpus import candidates, chunks, tokens, trees
from tutor.corpus.candidates import Candidate, FileResult, Origin
from tutor.corpus.chunks import Chunk
from tutor.corpus.config import Config
from tutor.corpus.problems import Problem
from tutor.corpus.trees import Listing, SourceTree
from tutor.errors import TutorError
from tutor.files import write_whole

CHUNK_FILES = 48
CHUNK_BYTES = 256 * 1024
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
class _End:
    """Stands in the stream of chunks where a source ends."""

    extraction: Extraction


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
    """Extract the sources; they are given in their order, each as soon as it is whole.

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
        started, pool = _list_all(sources, config, wanted, stack)
        # One stream of work for all sources: no process waits for the last file of one before it begins the next.
        jobs = (job for extraction in started for job in _jobs(extraction, tokenizer))
        current = iter(started)
        extraction = next(current, None)
        done = 0
        for job, results in _run(jobs, pool, check_stop, use_cache):
            assert extraction is not None
            if isinstance(job, _End):
                yield _limited(extraction, config.extract.max_per_source)
                extraction, done = next(current, None), 0
                continue
            for result in results:
                _collect(extraction, result)
            done += len(job.files)
            report(Progress("extract", done, len(extraction.listing.files), extraction.tree.name))


def _list_all(
    sources: list[SourceTree], config: Config, processes: int, stack: ExitStack
) -> tuple[list[Extraction], ProcessPoolExecutor | None]:
    """The files of every source; the workers start meanwhile, as soon as there is enough for them to do."""
    started: list[Extraction] = []
    pool: ProcessPoolExecutor | None = None
    total = 0
    for tree in sources:
        started.append(_start(tree, config))
        total += started[-1].listing.total_bytes
        if pool is None and processes > 1 and total > SMALL_BYTES:
            pool = stack.enter_context(_pool(processes, tokens.tokenizer_file(config.extract.tokenizer)))
    return started, pool


def _pool(processes: int, tokenizer: Path) -> ProcessPoolExecutor:
    # Spawned, not forked: the caller may be an app with threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_start_worker, initargs=(tokenizer,))
    for _ in range(processes):
        pool.submit(never)  # a process starts with its first task, which takes half a second
    return pool


def _start(tree: SourceTree, config: Config) -> Extraction:
    listing = trees.list_files(tree, tests=config.extract.tests, max_bytes=config.extract.max_file_bytes)
    return Extraction(tree, listing, problems=list(listing.problems))


def _limited(extraction: Extraction, limit: int) -> Extraction:
    """At most `limit` candidates (0: all), spread evenly: ids are as good as random."""
    if limit:
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


def _jobs(extraction: Extraction, tokenizer: Path) -> list[Chunk | _End]:
    """The chunks of a source, and its end."""
    tree = extraction.tree
    origin = Origin(tree.name, extraction.commit, tree.licence)
    groups: list[list[tuple[str, str]]] = [[]]
    size = 0
    for path, digest in extraction.listing.files.items():
        if groups[-1] and (len(groups[-1]) == CHUNK_FILES or size > CHUNK_BYTES):
            groups.append([])
            size = 0
        groups[-1].append((path, digest))
        size += _size(tree.root / path)
    chunked = [Chunk(str(tree.root), origin, tuple(group), str(tokenizer)) for group in groups if group]
    return [*chunked, _End(extraction)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _run(
    jobs: Iterator[Chunk | _End], pool: ProcessPoolExecutor | None, check_stop: Callable[[], None], use_cache: bool
) -> Iterator[tuple[Chunk | _End, list[FileResult]]]:
    """The jobs' results in order; a few jobs ahead of who reads them, so that memory does not grow with the sources."""
    waiting: deque[tuple[Chunk | _End, Future[str] | str | None]] = deque()
    ahead = 3 * workers()
    while True:
        while len(waiting) < ahead and (job := next(jobs, None)):
            known = chunks.cached(job) if use_cache and isinstance(job, Chunk) else None
            waiting.append((job, known or (pool.submit(chunks.work, job) if pool and isinstance(job, Chunk) else None)))
        if not waiting:
            return
        check_stop()
        job, answer = waiting.popleft()
        if isinstance(job, _End):
            yield job, []
            continue
        text = answer if isinstance(answer, str) else _result(job, answer)
        if use_cache and not isinstance(answer, str):
            write_whole(chunks.place(job), text)
        yield job, [candidates.from_json(value) for value in json.loads(text)]


def _start_worker(tokenizer: Path) -> None:
    """One thread for each worker. Ctrl-C is for the parent; a parent that was killed takes its workers along."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    tokens.counter(tokenizer)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _result(chunk: Chunk, job: Future[str] | None) -> str:
    try:
        return job.result() if job else chunks.work(chunk)
    except BrokenProcessPool as error:
        raise TutorError(
            f"A worker process died while reading {chunk.origin.name}.", "Free some memory and run the command again."
        ) from error
