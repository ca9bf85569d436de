"""Verbs that attack a corpus: validate, falsify, mutate, verify, verify-provenance, dedup."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.corpus.common import progress, say, table, verb
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE

if TYPE_CHECKING:
    from tutor.corpus.falsify import Result, Verdict

PROVENANCE = (1, 2, 3, 38)
NEEDS_SOURCES = {1, 2, 3, 27, 38, 41, 42}
MARKS = {"held": "✓", "refuted": "✗", "not-run": "·"}


def add(verbs: Any) -> None:
    """Add the verbs."""
    validate = verb(verbs, "validate", _validate, "try the criteria that need nothing but the rows")
    validate.add_argument("--verbose", action="store_true", help="show every criterion, not only those that failed")

    falsify = verb(verbs, "falsify", _falsify, "try to refute a corpus by 48 criteria; below 85 of 100 points it fails")
    falsify.add_argument("--verbose", action="store_true", help="show every criterion, not only those that failed")
    falsify.add_argument(
        "--only", metavar="N", type=int, action="append", default=[], help="this criterion (repeatable)"
    )
    falsify.add_argument(
        "--network", action="store_true", help="try whether git sources on other machines can be fetched"
    )

    mutate = verb(verbs, "mutate", _mutate, "corrupt a copy for every criterion and see that it then fails")
    mutate.add_argument(
        "--only", metavar="N", type=int, action="append", default=[], help="this criterion (repeatable)"
    )

    verb(
        verbs, "verify", _verify, "build it twice elsewhere (path, time zone, locale, processes) and compare every byte"
    )
    verb(verbs, "verify-provenance", _provenance, "open the source of every row again and compare")

    dedup = verb(verbs, "dedup", _dedup, "find near-duplicates, within splits and across them")
    dedup.add_argument("--threshold", type=float, default=0.7, metavar="J", help="Jaccard similarity (default: 0.7)")


def _validate(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, falsify
    from tutor.corpus.criteria import CRITERIA

    numbers = [criterion.number for criterion in CRITERIA if criterion.number not in NEEDS_SOURCES]
    verdict = falsify.falsify(dataset.read(args.corpus), only=numbers, report=progress(args))
    failed = any(result.outcome.status == "refuted" for result in verdict.results)
    say(args, falsify.as_dict(verdict), _lines(verdict, args.verbose)[:-1])
    return EXIT_CHECK_FAILED if failed else EXIT_DONE


def _falsify(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, falsify

    corpus = dataset.read(args.corpus)
    verdict = falsify.falsify(corpus, only=_known(args.only), network=args.network, report=progress(args))
    if not args.only and args.corpus.is_dir():
        falsify.write_report(corpus.path, verdict)
    say(args, falsify.as_dict(verdict), _lines(verdict, args.verbose or bool(args.only)))
    if args.only:
        return EXIT_CHECK_FAILED if any(result.outcome.status == "refuted" for result in verdict.results) else EXIT_DONE
    return EXIT_CHECK_FAILED if verdict.falsified else EXIT_DONE


def _known(numbers: list[int]) -> list[int]:
    from tutor.corpus.criteria import CRITERIA
    from tutor.errors import UsageError

    unknown = [number for number in numbers if number not in {criterion.number for criterion in CRITERIA}]
    if unknown:
        raise UsageError(f"There is no criterion {unknown[0]}.", f"There are 1 to {len(CRITERIA)}.")
    return numbers


def _lines(verdict: Verdict, verbose: bool) -> list[str]:
    lines = []
    for section in verdict.sections:
        results = verdict.of(section)
        earned = sum(result.earned for result in results)
        possible = sum(result.criterion.points for result in results)
        flag = "OK" if earned == possible else "WARN" if earned >= 0.75 * possible else "FAIL"
        lines.append(f"{section:16} {earned:3} of {possible:3}  [{flag}]")
        lines += [
            line
            for result in results
            if verbose or result.outcome.status != "held"
            for line in _criterion_lines(result)
        ]
    not_run = [str(result.criterion.number) for result in verdict.results if result.outcome.status == "not-run"]
    lines += ["", f"{verdict.earned} points earned, {verdict.attempted} tried, {verdict.possible} possible"]
    lines += [f"not run, and worth nothing: {', '.join(not_run)}"] if not_run else []
    vetoes = ", ".join(str(result.criterion.number) for result in verdict.vetoes)
    return [*lines, f"{verdict.word}: criterion {vetoes} alone makes it invalid" if vetoes else verdict.word]


def _criterion_lines(result: Result) -> list[str]:
    criterion, outcome = result.criterion, result.outcome
    head = f"  {MARKS[outcome.status]} {criterion.number:2} {criterion.title} ({criterion.points}): {outcome.value}"
    return [head, *(f"       {found.where}: {found.what}" for found in outcome.evidence[:3])]


def _mutate(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, mutate

    proofs = mutate.prove(dataset.read(args.corpus), only=_known(args.only), report=progress(args))
    value = [
        {
            "number": proof.criterion.number,
            "title": proof.criterion.title,
            "before": proof.before.status,
            "after": proof.after.status,
            "proved": proof.proved,
            "evidence": [found.what for found in proof.after.evidence[:1]],
        }
        for proof in proofs
    ]
    lines = []
    for proof in proofs:
        what = (
            proof.after.evidence[0].what
            if proof.proved
            else f"{proof.before.status} before, {proof.after.status} after"
        )
        lines.append(f"  {'✓' if proof.proved else '✗'} {proof.criterion.number:2} {proof.criterion.title}: {what}")
    proved = sum(proof.proved for proof in proofs)
    say(args, value, [*lines, "", f"{proved} of {len(proofs)} criteria can fail"])
    return EXIT_DONE if proved == len(proofs) else EXIT_CHECK_FAILED


def _verify(args: argparse.Namespace) -> int:
    from tutor.corpus import rebuild

    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        differences = rebuild.verify(args.corpus, Path(scratch))
    same = "Two builds elsewhere gave the same bytes."
    say(args, {"same": not differences, "differences": differences}, [f"  {one}" for one in differences] or [same])
    return EXIT_CHECK_FAILED if differences else EXIT_DONE


def _provenance(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, falsify

    verdict = falsify.falsify(dataset.read(args.corpus), only=PROVENANCE, report=progress(args))
    say(args, falsify.as_dict(verdict), [line for result in verdict.results for line in _criterion_lines(result)])
    return EXIT_DONE if all(result.outcome.status == "held" for result in verdict.results) else EXIT_CHECK_FAILED


def _dedup(args: argparse.Namespace) -> int:
    from tutor.corpus import config, dataset, dedup
    from tutor.corpus.subject import Subject
    from tutor.errors import UsageError

    if not 0 < args.threshold <= 1:
        raise UsageError(f"A similarity of {args.threshold:g} does not exist.", "Give one above 0 and up to 1.")
    records = dataset.read(args.corpus).records
    docs = [Subject(record).doc for record in records]
    rows = [
        {
            "similarity": round(similarity, 4),
            "one": f"{records[one].source_repo} {records[one].symbol}",
            "other": f"{records[other].source_repo} {records[other].symbol}",
            "across": (records[one].split == "train") != (records[other].split == "train"),
        }
        for one, other, similarity in dedup.near_pairs(docs, args.threshold, config.load().dedup.permutations)
    ]
    leaks = sum(bool(row["across"]) for row in rows)
    lines = table(
        [(f"{row['similarity']:.0%}", row["one"], row["other"], "LEAK" if row["across"] else "") for row in rows]
    )
    say(args, rows, [*lines, f"{len(rows):,} pairs, {leaks:,} of them between training and the rest"])
    return EXIT_CHECK_FAILED if leaks else EXIT_DONE
