"""Verbs that look at a corpus: browse, stats, inspect, sample, debug-parse, diff, split."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.corpus.common import has_terminal, say, table, verb
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.corpus.schema import Record

BAR = 30


def add(verbs: Any) -> None:
    """Add the verbs."""
    browse = verbs.add_parser("browse", help="look through the rows, kept and dropped, on a screen")
    browse.add_argument("corpus", metavar="CORPUS", type=Path, help="a directory that `tutor corpus build` made")
    browse.set_defaults(run=_browse)

    verb(verbs, "stats", _stats, "totals, shares, tokens, scores and the hash")

    inspect = verb(verbs, "inspect", _inspect, "list rows, or show one with its gates and the parts of its score")
    inspect.add_argument("row", metavar="ID", nargs="?", help="an id, or the beginning of one")
    inspect.add_argument("--grep", metavar="PATTERN", help="only rows whose symbol, input or output match")
    inspect.add_argument(
        "--where", metavar="COLUMN=VALUE", action="append", default=[], help="only such rows (repeatable)"
    )
    inspect.add_argument("-n", "--count", type=int, default=40, metavar="N", help="rows at most (default: 40)")

    sample = verb(verbs, "sample", _sample, "rows drawn at random; the same seed draws the same")
    sample.add_argument("-c", "--count", type=int, default=10, metavar="N", help="how many (default: 10)")
    sample.add_argument("--seed", type=int, default=42, metavar="N", help="default: 42")

    debug = verb(
        verbs,
        "debug-parse",
        _debug,
        "show what the parser makes of a source file, or which rows do not parse",
        corpus=False,
    )
    debug.add_argument("path", metavar="PATH", type=Path, help="a .rs or .py file, or a corpus")
    debug.add_argument("-m", "--max", type=int, default=10, metavar="N", help="items or rows at most (default: 10)")

    diff = verb(verbs, "diff", _diff, "what changed between two corpora; exit 1 where anything did")
    diff.add_argument("other", metavar="OTHER", type=Path, help="the later corpus")

    split = verb(verbs, "split", _split, "how another seed would split it, and what a random split would leak")
    split.add_argument("--seed", type=int, metavar="N", help="default: that of the corpus")


def _browse(args: argparse.Namespace) -> int:
    if not has_terminal():
        raise UsageError("Browsing needs a terminal.", f"Without one: tutor corpus inspect {args.corpus}")
    if not args.corpus.is_dir():
        raise UsageError(f"There is no directory {args.corpus}.", "Make a corpus: tutor corpus build -o DIR")
    from tutor.app import run
    from tutor.screens.navigation import open_corpus

    return run(lambda app: open_corpus(app, args.corpus))


def _stats(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, stats

    found = stats.summary(dataset.read(args.corpus).records)
    lines = [f"{found['rows']:,} rows  sha256 {found['corpus_sha256']}"]
    for name in ("splits", "categories", "sources", "languages", "kinds", "licences"):
        rows = [(key, count, f"{count / max(found['rows'], 1):.1%}") for key, count in found[name].items()]
        lines += ["", name, *table(rows)]
    for name in ("tokens_input", "tokens_output", "ratio", "quality_score"):
        numbers = found[name]
        said = "  ".join(f"{key} {numbers[key]:g}" for key in ("min", "median", "mean", "p95", "max") if numbers)
        lines += ["", f"{name}: {said}", *_histogram(numbers.get("histogram", []))]
    say(args, found, lines)
    return EXIT_DONE


def _histogram(bins: list[list[float]]) -> list[str]:
    most = max((count for _, _, count in bins), default=0) or 1
    return [
        f"  {low:9.2f} – {high:9.2f} {'█' * round(BAR * count / most):{BAR}} {int(count):,}"
        for low, high, count in bins
    ]


def _inspect(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset
    from tutor.corpus.explain import explained

    records = dataset.read(args.corpus).records
    if args.row:
        found = [record for record in records if record.id.startswith(args.row)]
        if len(found) != 1:
            count = "no row" if not found else f"{len(found)} rows"
            raise UsageError(f"{count} begin with {args.row!r}.", "Give more of the id.")
        said = explained(found[0])
        say(args, said, _row_lines(found[0], said))
        return EXIT_DONE
    chosen = _filtered(records, args.where, args.grep)
    rows = [
        (record.id[:8], record.split, record.category, f"{record.quality_score:.2f}", record.source_repo, record.symbol)
        for record in chosen[: args.count]
    ]
    lines = table([("id", "split", "category", "score", "source", "symbol"), *rows])
    value = [dataset.as_dict(record) for record in chosen[: args.count]]
    say(args, value, [*lines, f"{len(rows):,} of {len(chosen):,} rows"])
    return EXIT_DONE


def _filtered(records: list[Record], where: list[str], grep: str | None) -> list[Record]:
    from tutor.corpus.schema import COLUMNS
    from tutor.errors import nearest

    chosen = records
    for condition in where:
        column, sign, value = condition.partition("=")
        if column not in COLUMNS or not sign:
            raise UsageError(f"There is no column {column!r}.", nearest(column, COLUMNS))
        chosen = [record for record in chosen if str(getattr(record, column)) == value]
    if grep is None:
        return chosen
    try:
        pattern = re.compile(grep, re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"{grep!r} is no regular expression: {error}.", "Escape what is meant literally.") from None
    return [record for record in chosen if pattern.search(f"{record.symbol}\n{record.input}\n{record.output}")]


def _row_lines(record: Record, said: dict[str, Any]) -> list[str]:
    lines = [
        f"{record.id}  {record.category}  {record.split}",
        f"{record.source_repo} {record.source_file}:{record.source_line}",
    ]
    lines += [
        f"{record.license}  {record.source_commit[:7]}",
        "",
        *record.input.split("\n"),
        "",
        *record.output.split("\n"),
        "",
    ]
    lines += [f"  {'✗' if why else '✓'} {name}: {why or 'passed'}" for name, why in said["gates"].items()]
    lines += [f"  ✗ {name}: {why}" for name, why in said["checks"].items()]
    parts = [
        (row["part"], f"{row['value'] * row['weight']:.3f}", f"of {row['weight']:.2f}", row["why"])
        for row in said["score"]
    ]
    return [*lines, "", f"score {record.quality_score:.3f}", *table(parts)]


def _sample(args: argparse.Namespace) -> int:
    import random

    from tutor.corpus import dataset

    records = sorted(dataset.read(args.corpus).records, key=lambda record: record.id)
    chosen = random.Random(args.seed).sample(records, min(args.count, len(records)))
    lines = [line for record in chosen for line in (*_row_head(record), "")]
    say(args, [dataset.as_dict(record) for record in chosen], lines)
    return EXIT_DONE


def _row_head(record: Record) -> list[str]:
    origin = f"{record.source_repo} {record.source_file}:{record.source_line}"
    where = f"── {origin}  {record.category}  {record.quality_score:.2f}"
    return [where, *record.input.split("\n"), *record.output.split("\n")]


def _debug(args: argparse.Namespace) -> int:
    from tutor.corpus import candidates, checks, dataset
    from tutor.corpus.subject import Subject
    from tutor.corpus.syntax import LANGUAGES

    if args.path.is_file() and args.path.suffix in LANGUAGES:
        found = candidates.items_of(LANGUAGES[args.path.suffix], args.path.read_bytes(), args.path.name)
        value = {
            "items": [{"line": item.line, "kind": item.kind, "symbol": item.symbol} for item in found.items],
            "undocumented": found.undocumented,
            "tests": found.tests,
            "faults": found.faults,
        }
        lines = table([(f"{item.line}:", item.kind, item.symbol) for item in found.items[: args.max]])
        lines += [f"{len(found.items)} documented, {found.undocumented} not, {found.tests} tests"]
        say(args, value, [*lines, *(f"  ✗ {fault}" for fault in found.faults[: args.max])])
        return EXIT_CHECK_FAILED if found.faults else EXIT_DONE
    faults = [
        (record, fault) for record in dataset.read(args.path).records if (fault := checks.input_parses(Subject(record)))
    ]
    value_rows = [{"id": record.id, "symbol": record.symbol, "fault": fault} for record, fault in faults]
    lines = [f"  {record.id[:8]} {record.symbol}: {fault}" for record, fault in faults[: args.max]]
    say(args, value_rows, [*lines, f"{len(faults)} inputs do not parse"])
    return EXIT_CHECK_FAILED if faults else EXIT_DONE


def _diff(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, diff

    found = diff.compare(dataset.read(args.corpus).records, dataset.read(args.other).records)
    value = {
        "added": [record.id for record in found.added],
        "removed": [record.id for record in found.removed],
        "changed": [{"old": one.old.id, "new": one.new.id, "columns": one.columns} for one in found.changed],
        "same": found.same,
    }
    lines = [f"  + {record.source_repo} {record.symbol}" for record in found.added]
    lines += [f"  - {record.source_repo} {record.symbol}" for record in found.removed]
    lines += [f"  ~ {one.new.source_repo} {one.new.symbol}: {', '.join(one.columns)}" for one in found.changed]
    total = (
        f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} the same"
    )
    say(args, value, [*lines, total])
    return EXIT_CHECK_FAILED if found.added or found.removed or found.changed else EXIT_DONE


def _split(args: argparse.Namespace) -> int:
    from tutor.corpus import config, dataset, dedup, split
    from tutor.corpus.schema import CATEGORIES, SPLITS
    from tutor.corpus.select import LEAK
    from tutor.corpus.subject import Subject

    corpus = dataset.read(args.corpus)
    chosen = config.from_dict(corpus.lock.config)
    seed = chosen.seed if args.seed is None else args.seed
    clusters = {record.id: record.cluster for record in corpus.records}
    docs = [Subject(record).doc for record in corpus.records]
    value: dict[str, Any] = {"seed": seed}
    lines = []
    for name, found in (
        ("grouped", split.assign(corpus.records, clusters, chosen.split, seed)),
        ("random", split.at_random(corpus.records, chosen.split, seed)),
    ):
        rows = [
            [part, *(sum(found[r.id] == part and r.category == c for r in corpus.records) for c in CATEGORIES)]
            for part in SPLITS
        ]
        leaks = dedup.leakage(docs, [found[record.id] for record in corpus.records], LEAK, chosen.dedup.permutations)
        shared = {record.cluster for record in corpus.records if found[record.id] == "train"} & {
            record.cluster for record in corpus.records if found[record.id] != "train"
        }
        value[name] = {"rows": rows, "leaking_pairs": len(leaks), "shared_clusters": len(shared)}
        lines += [name, *table([("", *CATEGORIES), *rows])]
        lines += [f"  near-duplicates across: {len(leaks):,}; files on both sides: {len(shared):,}", ""]
    say(args, value, lines[:-1])
    return EXIT_DONE
