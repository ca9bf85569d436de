"""Verbs that take a corpus to people and models: review, human-review, export, publish."""

from __future__ import annotations

import argparse
import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.corpus.common import has_terminal, progress, say, table, verb
from tutor.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.corpus.dataset import Dataset


def add(verbs: Any) -> None:
    """Add the verbs."""
    review = verb(verbs, "review", _review, "judge rows on a screen, or with --form in an editor; a few are spoilt")
    review.add_argument("--form", action="store_true", help="write a form instead; so does a call without a terminal")
    review.add_argument("-o", "--output", metavar="FILE", type=Path, help="the form; default: review/form.md there")
    review.add_argument("--reviewer", metavar="NAME", default="", help="who judges; default: the user's name")
    review.add_argument("--sample", type=int, metavar="N", help="rows; default: as many as --margin needs")
    review.add_argument(
        "--margin", type=float, default=0.1, metavar="M", help="half the width of the interval (default: 0.1)"
    )
    review.add_argument("--seed", type=int, default=42, metavar="N", help="default: 42")

    human = verb(verbs, "human-review", _human_review, "what people said; `--import FORM` reads a filled form")
    human.add_argument("--import", dest="form", metavar="FORM", type=Path, help="a form that was filled in")
    human.add_argument("--reviewer", metavar="NAME", help="who filled it; default: the user's name")

    export = verb(
        verbs, "export", _export, "write rows for training: JSON lines of chats or preference pairs, or Parquet"
    )
    export.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="where to write")
    export.add_argument(
        "--task",
        default="doc-from-signature",
        metavar="TASK",
        help="doc-from-signature, doc-from-body, example-from-doc, flag-help, preference, or rows (all columns)",
    )
    export.add_argument("--seed", type=int, default=42, metavar="N", help="of preference pairs (default: 42)")
    export.add_argument("--base", metavar="MODEL", help="preference pairs: what this model answers is rejected")
    export.add_argument("--base-rows", type=int, default=60, metavar="N", help="rows it answers (default: 60)")

    publish = verb(verbs, "publish", _publish, "show what the Hub would get; with --upload --yes, send it")
    publish.add_argument("--repo-id", metavar="OWNER/NAME", required=True, help="the dataset on the Hub")
    publish.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="where to lay it out; default: beside the corpus"
    )
    publish.add_argument("--upload", action="store_true", help="send it; needs a network and HF_TOKEN")
    publish.add_argument("--yes", action="store_true", help="really")
    publish.add_argument("--private", action="store_true", help="make the repository private")


def _review(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, review
    from tutor.files import write_whole

    if not 0 < args.margin < 1:
        raise UsageError(f"A margin of {args.margin:g} makes no sample.", "Give one between 0 and 1, such as 0.1.")
    if not (args.form or args.output or args.json) and has_terminal():
        return _judge(args)
    corpus = dataset.read(args.corpus)
    rows = review.sample(corpus.records, count=args.sample, margin=args.margin, seed=args.seed)
    output = args.output or corpus.path / "review" / "form.md"
    write_whole(output, review.form(rows))
    lines = [
        f"{len(rows)} rows to judge in {output}",
        f"then: tutor corpus human-review {args.corpus} --import {output}",
    ]
    say(args, {"path": str(output), "rows": len(rows)}, lines)
    return EXIT_DONE


def _judge(args: argparse.Namespace) -> int:
    from tutor.app import run
    from tutor.screens.corpus_review import Sample
    from tutor.screens.navigation import open_corpus_review

    sample = Sample(args.reviewer, args.sample, args.margin, args.seed)
    return run(lambda app: open_corpus_review(app, args.corpus, sample))


def _human_review(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, review

    corpus = dataset.read(args.corpus)
    if args.form:
        if not args.form.is_file():
            raise UsageError(f"There is no form {args.form}.", f"Make one: tutor corpus review {args.corpus}")
        said = review.read_form(
            args.form.read_text(encoding="utf-8"), corpus.records, args.reviewer or getpass.getuser()
        )
        review.add(corpus.path, said)
    found = review.result(corpus)
    low, high = found.interval
    lines = [f"{found.approved} of {found.judged} rows approved: {found.approval:.0%} [{low:.0%}, {high:.0%}]"]
    lines += [f"{found.missed} of {found.traps} spoilt rows were approved"] if found.traps else []
    lines += [f"agreement of two reviewers (Cohen's κ): {found.agreement:.2f}"] if found.agreement is not None else []
    lines += [f"reviewers: {', '.join(found.reviewers) or 'none yet'}"]
    say(args, asdict(found) | {"approval": found.approval, "interval": [low, high]}, lines)
    return EXIT_DONE


def _export(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset
    from tutor.corpus.schema import SPLITS
    from tutor.files import whole_directory, write_whole

    corpus = dataset.read(args.corpus)
    if args.output.exists():
        raise UsageError(f"{args.output} exists already.", "Name another directory.")
    counts: dict[str, int] = {}
    with whole_directory(args.output) as partial:
        if args.task == "rows":
            dataset.write_splits(partial, corpus.records)
            counts = {split: sum(record.split == split for record in corpus.records) for split in SPLITS}
        else:
            rows = _rows(args, corpus)
            for split in SPLITS:
                chosen = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows if row["split"] == split]
                write_whole(partial / f"{split}.jsonl", "".join(chosen))
                counts[split] = len(chosen)
    say(args, {"task": args.task, "path": str(args.output), "rows": counts}, table(list(counts.items())))
    return EXIT_DONE


def _rows(args: argparse.Namespace, corpus: Dataset) -> list[dict[str, Any]]:
    from tutor.corpus import base_answers, tasks

    if args.base and args.task != "preference":
        raise UsageError(f"--base is for preference pairs, not for {args.task}.", "Add --task preference.")
    if args.base:
        from tutor.corpus.extract import Progress

        report = progress(args)

        def answered(done: int, total: int) -> None:
            report(Progress("answer", done, total, args.base))

        said = base_answers.answers(corpus.records, args.base, args.base_rows, args.seed, answered)
        return tasks.preferences(sorted(corpus.records, key=lambda record: record.id), args.seed, said)
    if args.task == "flag-help":
        return _flag_help(corpus)
    return tasks.rows(args.task, corpus.records, args.seed)


def _flag_help(corpus: Dataset) -> list[dict[str, Any]]:
    """Options of the corpus's Rust sources; they are fields, not items, and so no rows of it."""
    from tutor.corpus import sources, tasks

    return [
        row
        for source in corpus.lock.sources
        for row in tasks.flag_help(sources.open_source(source.locator), list(source.manifest))
    ]


def _publish(args: argparse.Namespace) -> int:
    from tutor.corpus import dataset, falsify, publish

    if args.upload and not args.yes:
        raise UsageError(
            "--upload sends the corpus to the Hub, where others can copy it.", "Add --yes when you mean it."
        )
    corpus = dataset.read(args.corpus)
    verdict = falsify.falsify(corpus, report=progress(args))
    folder = args.output or corpus.path.with_name(f"{corpus.path.absolute().name}.hub")
    plan = publish.prepare(corpus, args.repo_id, folder, verdict)
    value: dict[str, Any] = {
        "repo_id": plan.repo_id,
        "folder": str(folder),
        "files": plan.files,
        "points": verdict.earned,
    }
    lines = [f"{verdict.word}, {verdict.earned} of {verdict.possible} points", *table(list(plan.files.items()))]
    if args.upload:
        value["url"] = publish.upload(plan, private=args.private)
        lines.append(value["url"])
    else:
        lines.append(f"Nothing was sent. To send {folder} to {plan.repo_id}: add --upload --yes")
    say(args, value, lines)
    return EXIT_DONE
