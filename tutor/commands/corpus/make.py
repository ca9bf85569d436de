"""Verbs that make a corpus: clone, extract, build, card."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.corpus.common import add_config, progress, read_config, say, table, verb
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, EXIT_ENVIRONMENT

if TYPE_CHECKING:
    from tutor.corpus.build import Built
    from tutor.corpus.problems import Problem

SOURCES = (
    "a directory, a .crate, .tar.gz or .bundle file, dist:NAME, debian:CRATE, registry:[DIR] or git+URL@COMMIT; "
    "none takes those of corpus.toml"
)
SHOWN_PROBLEMS = 8


def add(verbs: Any) -> None:
    """Add the verbs."""
    clone = verb(verbs, "clone", _clone, "fetch git repositories into the store, pinned to a commit", corpus=False)
    clone.add_argument(
        "sources", metavar="SOURCE", nargs="*", help="git+URL[@COMMIT]; none takes the course's ten tools"
    )

    extract = verb(
        verbs, "extract", _extract, "find documented items and say what the gates make of them", corpus=False
    )
    extract.add_argument("sources", metavar="SOURCE", nargs="*", help=SOURCES)
    extract.add_argument("-o", "--output", metavar="FILE", type=Path, help="write every candidate as JSON lines")
    extract.add_argument("--no-cache", action="store_true", help="extract again what was extracted before")
    add_config(extract)

    build = verb(verbs, "build", _build, "make a corpus: extract, gates, duplicates, split, card, lock", corpus=False)
    build.add_argument("sources", metavar="SOURCE", nargs="*", help=SOURCES)
    build.add_argument("-o", "--output", metavar="DIR", type=Path, default=Path("corpus"), help="default: corpus")
    build.add_argument(
        "--locked", metavar="LOCK", type=Path, help="make exactly the corpus that this corpus.lock describes"
    )
    build.add_argument("--network", action="store_true", help="clone git sources that are not in the store yet")
    build.add_argument("--no-cache", action="store_true", help="extract again what was extracted before")
    build.add_argument("--jobs", type=int, metavar="N", help="processes; default: one for each core")
    add_config(build)

    card = verb(verbs, "card", _card, "write the dataset card again, out of the data")
    card.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where the card is not what the data say"
    )


def _clone(args: argparse.Namespace) -> int:
    from tutor.corpus import sources
    from tutor.errors import TutorError

    rows, failed = [], 0
    for locator in args.sources or sources.COURSE_REPOSITORIES:
        try:
            tree = sources.open_source(locator, network=True)
            rows.append({"source": tree.name, "locator": tree.locator, "commit": tree.commit, "licence": tree.licence})
        except TutorError as error:
            failed += 1
            rows.append({"source": locator, "error": str(error)})
    lines = [
        f"  ✗ {row['source']}: {row['error']}"
        if "error" in row
        else f"  ✓ {row['source']} {row['commit'][:7]}  {row['locator']}"
        for row in rows
    ]
    say(args, rows, lines)
    return EXIT_ENVIRONMENT if failed else EXIT_DONE


def _extract(args: argparse.Namespace) -> int:
    from tutor.corpus import build, candidates, select
    from tutor.files import write_whole

    chosen = read_config(args)
    report = progress(args)
    trees, problems = build.open_sources(
        args.sources or chosen.sources, network=False, report=report, tolerant=not args.sources
    )
    extractions = build.extract_sources(trees, chosen, report=report, use_cache=not args.no_cache)
    problems += [problem for extraction in extractions for problem in extraction.problems]
    pool = select.pool(extractions, chosen)
    selection = select.select(pool, chosen)
    if args.output:
        lines = [json.dumps(candidates.to_public(found), ensure_ascii=False) + "\n" for found in pool.candidates]
        write_whole(args.output, "".join(lines))
    rows = [
        {
            "source": found.tree.name,
            "files": len(found.listing.files),
            "bytes": found.listing.total_bytes,
            "passed_over": found.listing.passed_over,
            "documented": len(found.candidates),
            "undocumented": found.undocumented,
            "tests": found.tests,
        }
        for found in extractions
    ]
    stages = [{"name": stage.name, "left": stage.left, "reasons": dict(stage.reasons)} for stage in selection.stages]
    value = {"sources": rows, "stages": stages, "problems": [asdict(problem) for problem in problems]}
    head = ("source", "files", "documented", "undocumented", "tests")
    lines = table([head, *([row[name] for name in head] for row in rows)])
    say(args, value, [*lines, "", *_funnel(stages), *_problems(problems)])
    return EXIT_DONE


def _build(args: argparse.Namespace) -> int:
    from tutor.corpus import build, lock

    report = progress(args)
    if args.locked:
        wanted = lock.read_lock(args.locked)
        built = build.build_locked(wanted, args.output, report=report, processes=args.jobs, use_cache=not args.no_cache)
        different = sorted(name for name, digest in wanted.outputs.items() if built.lock.outputs.get(name) != digest)
        _say_built(args, built, different)
        return EXIT_CHECK_FAILED if different else EXIT_DONE
    chosen = read_config(args)
    built = build.build(
        args.sources or chosen.sources,
        chosen,
        args.output,
        command=_command(args),
        network=args.network,
        report=report,
        processes=args.jobs,
        use_cache=not args.no_cache,
    )
    _say_built(args, built, [])
    return EXIT_DONE


def _command(args: argparse.Namespace) -> str:
    """What to type to make it again; thresholds stand in the lock."""
    return " ".join(["tutor corpus build", *args.sources])


def _say_built(args: argparse.Namespace, built: Built, different: list[str]) -> None:
    stages, written = built.lock.stages, built.lock
    value = {
        "path": str(built.path),
        "rows": written.rows,
        "corpus_sha256": written.corpus_sha256,
        "stages": stages,
        "problems": [asdict(problem) for problem in built.problems],
        "different": different,
    }
    lines = [*_funnel(stages), *_problems(built.problems), ""]
    lines += [f"  {name} has other bytes than the lock says" for name in different]
    lines += [f"{written.rows:,} rows in {built.path}  sha256 {written.corpus_sha256[:16]}…"]
    lines += [] if args.locked else [f"next: tutor corpus falsify {built.path}"]
    say(args, value, lines)


def _funnel(stages: list[dict[str, Any]]) -> list[str]:
    rows = []
    for stage in stages:
        reasons = Counter(stage["reasons"]).most_common(5)
        rows.append((stage["name"], stage["left"], ", ".join(f"{name} {count:,}" for name, count in reasons)))
    return table([("stage", "left", "reasons"), *rows])


def _problems(problems: list[Problem]) -> list[str]:
    if not problems:
        return []
    lost = sum(problem.lost for problem in problems)
    shown = [f"  {problem.source} {problem.path}: {problem.what}" for problem in problems[:SHOWN_PROBLEMS]]
    rest = len(problems) - len(shown)
    lines = ["", f"problems: {lost:,} files could not be used, {len(problems) - lost:,} only in part", *shown]
    return [*lines, f"  … and {rest:,} more in problems.jsonl"] if rest else lines


def _card(args: argparse.Namespace) -> int:
    from tutor.corpus import card, dataset, lock
    from tutor.files import write_whole

    corpus = dataset.read(args.corpus)
    text = card.render(corpus.records, corpus.lock)
    same = text == corpus.card
    if args.check:
        say(
            args, {"same": same}, ["The card says what the data say." if same else "The card is not what the data say."]
        )
        return EXIT_DONE if same else EXIT_CHECK_FAILED
    write_whole(corpus.path / dataset.CARD, text)
    corpus.lock.outputs = lock.output_hashes(corpus.path)
    lock.write_lock(corpus.path / lock.LOCK, corpus.lock)
    say(args, {"path": str(corpus.path / dataset.CARD), "changed": not same}, [str(corpus.path / dataset.CARD)])
    return EXIT_DONE
