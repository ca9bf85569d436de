"""The corpus tool against bare tree-sitter, against itself on one process, and against planted near-duplicates.

    python -m bench.corpus [SOURCE ...] [--repeats 3] [--docs 100000]

Ratios are the medians of repetitions in which all contenders take turns, so that whatever else the machine does hits
all of them. Sources are those of `tutor corpus build`; none takes the Python distributions of corpus.toml.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tutor.corpus import build, config, dataset, dedup, extract, select, sources, syntax, trees
from tutor.corpus.candidates import items_of
from tutor.corpus.config import Config
from tutor.corpus.desk import rows as desk
from tutor.corpus.syntax import LANGUAGES
from tutor.corpus.trees import SourceTree
from tutor.engine.protocol import Call
from tutor.text import human_bytes
from tutor.widgets.pagedtable import PAGE

Files = list[tuple[str, str, bytes]]
"""(language, path, source)."""


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def load(opened: list[SourceTree], chosen: Config) -> Files:
    """Every file of the sources, in memory."""
    found: Files = []
    for tree in opened:
        listing = trees.list_files(tree, tests=False, max_bytes=chosen.extract.max_file_bytes)
        found += [(LANGUAGES[PurePosixPath(path).suffix], path, trees.read(tree, path)) for path in listing.files]
    return found


def parsing(files: Files, repeats: int) -> None:
    """Bare parse, and parse with everything that finds items."""
    megabytes = sum(len(source) for _, _, source in files) / 1e6
    bare, ours = [], []
    for _ in range(repeats):
        # Each tree is let go before the next, as the pipeline does.
        bare.append(timed(lambda: deque((syntax.parse(language, source) for language, _, source in files), 0)))
        ours.append(timed(lambda: deque((items_of(language, source, path) for language, path, source in files), 0)))
    ratio = statistics.median(one / other for one, other in zip(bare, ours, strict=True))
    print(f"tree-sitter alone           {megabytes / statistics.median(bare):7.1f} MB/s a core")
    print(f"tree-sitter and items       {megabytes / statistics.median(ours):7.1f} MB/s a core, {ratio:.2f} of it")


def extracting(opened: list[SourceTree], chosen: Config, files: int, repeats: int) -> None:
    """Extraction with all measures, on one process and on two, each with one thread as the pipeline's workers have."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repeats):
        for processes, taken in seconds.items():
            taken.append(
                timed(lambda n=processes: list(extract.extract_all(opened, chosen, processes=n, use_cache=False)))  # type: ignore[misc]
            )
    gain = statistics.median(one / two for one, two in zip(seconds[1], seconds[2], strict=True))
    print(f"items, gates and checks     {files / statistics.median(seconds[1]):7.1f} files/s on one process")
    print(f"two processes               {gain:7.2f} times as fast")


def whole(opened: list[SourceTree], chosen: Config) -> None:
    """Everything, cold and warm; and choosing again after a threshold moved."""
    locators = [tree.locator for tree in opened]
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        output = Path(scratch) / "corpus"
        cold = timed(lambda: build.build(locators, chosen, output, use_cache=False))
        build.build(locators, chosen, output)
        warm = timed(lambda: build.build(locators, chosen, output))
    everything = select.pool(build.extract_sources(opened, chosen), chosen)
    moved = config.overridden(chosen, "gates.max_line", 90)
    again = statistics.median(timed(lambda: select.select(everything, moved)) for _ in range(5))
    print(f"whole corpus                {cold:7.1f} s, {warm:.1f} s where the files are known")
    print(f"choosing again              {again * 1000:7.0f} ms for {len(everything.candidates):,} records")
    memory(len(everything.candidates))


def duplicates(count: int) -> None:
    """Near-duplicates among random documentations, a tenth of them planted; the truth is exact similarity."""
    dice = random.Random(0)
    words = [f"w{number}" for number in range(5000)]
    docs = [" ".join(dice.choices(words, k=dice.randint(10, 60))) for _ in range(count * 9 // 10)]
    truth = set()
    for place in range(count // 10):
        changed = docs[place].split()
        for _ in range(max(1, len(changed) // 15)):
            changed[dice.randrange(len(changed))] = dice.choice(words)
        docs.append(" ".join(changed))
        pair = (place, len(docs) - 1)
        if dedup.jaccard(*(set(dedup.shingles(docs[one])) for one in pair)) >= 0.7:
            truth.add(pair)
    start = time.perf_counter()
    found = {(one, other) for one, other, _ in dedup.near_pairs(docs, 0.7, 128)}
    seconds = time.perf_counter() - start
    f1 = 2 * len(found & truth) / (len(found) + len(truth))
    print(f"near-duplicates             {seconds:7.1f} s for {len(docs):,} documentations, F1 {f1:.3f}")


def browsing(opened: list[SourceTree], chosen: Config, count: int) -> None:
    """What the browser asks of a long corpus, in the process that answers it."""
    call = Call(lambda _part: None, lambda: False)
    known = [found.record for one in build.extract_sources(opened, chosen) for found in one.candidates]
    rows = [replace(known[n % len(known)], id=f"{n:036}", cluster="none", split="train") for n in range(count)]
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        dataset.write_splits(Path(scratch), rows)
        del rows
        asked = {"path": scratch, "view": "kept", "line": "", "order": "-quality_score"}
        first = timed(lambda: desk.page(call, **asked, start=0, count=PAGE))
        far = timed(lambda: desk.page(call, **asked, start=count - PAGE, count=PAGE))
        whole_row = timed(lambda: desk.detail(call, **asked, place=count // 2))
        words = timed(lambda: desk.page(call, **asked | {"line": "iterator"}, start=0, count=PAGE))
        column = timed(lambda: desk.page(call, **asked | {"line": "category=error"}, start=0, count=PAGE))
    print(f"browsing {count:,} rows     {first * 1000:7.0f} ms to the first screen, {far * 1000:.0f} ms to the last")
    print(f"one row of them             {whole_row * 1000:7.0f} ms")
    print(f"choosing among them         {column * 1000:7.0f} ms by a column, {words * 1000:.0f} ms by a word")


def memory(candidates: int) -> None:
    """The most that this process ever held, bench and all."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"memory                      {human_bytes(peak)} at most, {candidates:,} candidates")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", metavar="SOURCE")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--docs", type=int, default=100_000)
    args = parser.parse_args()
    chosen = config.load()
    opened = [sources.open_source(locator) for locator in sources.expand(args.sources or chosen.sources)]
    files = load(opened, chosen)
    print(f"{len(files):,} files, {sum(len(source) for _, _, source in files) / 1e6:.1f} MB, {extract.workers()} cores")
    parsing(files, args.repeats)
    extracting(opened, chosen, len(files), args.repeats)
    whole(opened, chosen)
    duplicates(args.docs)
    browsing(opened, chosen, args.docs)


if __name__ == "__main__":
    main()
