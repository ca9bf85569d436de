"""The whole pipeline: sources in, a corpus directory out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tutor.corpus import card, chunks, config, dataset, extract, lock, planted, select, sources, split, tokens
from tutor.corpus.config import Config
from tutor.corpus.extract import Extraction, Progress, Report
from tutor.corpus.lock import Lock
from tutor.corpus.problems import Problem
from tutor.corpus.schema import Record, corpus_sha256
from tutor.corpus.select import Selection
from tutor.corpus.trees import SourceTree
from tutor.errors import TutorError, UsageError
from tutor.files import whole_directory


@dataclass
class Built:
    """A corpus that was just written."""

    path: Path
    lock: Lock
    selection: Selection
    problems: list[Problem]


def open_sources(
    locators: list[str], *, network: bool, report: Report, tolerant: bool
) -> tuple[list[SourceTree], list[Problem]]:
    """The trees of all locators, in their order.

    Args:
        tolerant: whether a source that cannot be opened is a problem to be named instead of an error.
    """
    trees: list[SourceTree] = []
    problems: list[Problem] = []
    found = sources.expand(locators)
    for number, locator in enumerate(found, 1):
        report(Progress("open", number, len(found), locator))
        try:
            tree = sources.open_source(locator, network=network)
        except TutorError as error:
            if not tolerant:
                raise
            problems.append(Problem(locator, "", str(error)))
            continue
        if any(tree.name == other.name for other in trees):
            problems.append(Problem(tree.name, "", "is named twice; the first was read"))
            continue
        trees.append(tree)
    if not trees:
        raise UsageError("There is no source to read.", "Name a directory, or dist:NAME of an installed distribution.")
    return trees, problems


def extract_sources(
    trees: list[SourceTree],
    chosen: Config,
    *,
    report: Report = extract.silent,
    check_stop: Callable[[], None] = extract.never,
    processes: int | None = None,
    use_cache: bool = True,
) -> list[Extraction]:
    """All sources, extracted."""
    return list(
        extract.extract_all(
            trees, chosen, report=report, check_stop=check_stop, processes=processes, use_cache=use_cache
        )
    )


def build(
    locators: list[str],
    chosen: Config,
    output: Path,
    *,
    command: str = "tutor corpus build",
    network: bool = False,
    report: Report = extract.silent,
    check_stop: Callable[[], None] = extract.never,
    processes: int | None = None,
    use_cache: bool = True,
) -> Built:
    """Make a corpus of the sources in `output`, whole or not at all.

    Args:
        command: what to type to make it again; stands in the card and the lock.
        network: whether git sources may be fetched.

    Raises:
        UsageError: `output` holds something else; a source does not exist.
        TutorError: a source could not be fetched; nothing was left to write; the disk is full.
    """
    _refuse_to_overwrite(output)
    tolerant = locators == config.load().sources
    trees, problems = open_sources(locators, network=network, report=report, tolerant=tolerant)
    extractions = extract_sources(
        trees, chosen, report=report, check_stop=check_stop, processes=processes, use_cache=use_cache
    )
    problems += [problem for extraction in extractions for problem in extraction.problems]
    return _write(extractions, chosen, output, command, epoch(trees), problems, report)


def build_locked(
    locked: Lock,
    output: Path,
    *,
    report: Report = extract.silent,
    check_stop: Callable[[], None] = extract.never,
    processes: int | None = None,
    use_cache: bool = True,
) -> Built:
    """Make the corpus that a lock describes.

    Raises:
        TutorError: a source is not what it was.
    """
    _refuse_to_overwrite(output)
    chosen = config.from_dict(locked.config)
    trees, problems = open_sources(
        [source.locator for source in locked.sources], network=False, report=report, tolerant=False
    )
    extractions = extract_sources(
        trees, chosen, report=report, check_stop=check_stop, processes=processes, use_cache=use_cache
    )
    for extraction, source in zip(extractions, locked.sources, strict=True):
        if extraction.listing.sha256 != source.tree_sha256:
            raise TutorError(
                f"{source.name} is not what it was when the lock was written: {_change(extraction, source)}.",
                "Bring back that version, or build without --locked.",
            )
    problems += [problem for extraction in extractions for problem in extraction.problems]
    return _write(extractions, chosen, output, locked.command, locked.source_date_epoch, problems, report)


def _change(extraction: Extraction, source: lock.LockedSource) -> str:
    now, then = extraction.listing.files, source.manifest
    for path in sorted(now.keys() | then.keys()):
        if now.get(path) != then.get(path):
            return f"{path} {'is new' if path not in then else 'is gone' if path not in now else 'changed'}"
    return "its files are the same in another order"


def epoch(trees: list[SourceTree]) -> int:
    """SOURCE_DATE_EPOCH, else when the newest source changed: the same sources give the same date.

    Raises:
        UsageError: SOURCE_DATE_EPOCH is no number of seconds.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said is None:
        return max(tree.changed for tree in trees)
    if not said.isascii() or not said.isdigit():
        raise UsageError(f"SOURCE_DATE_EPOCH is {said!r}, which is no number of seconds.", "Unset it, or mend it.")
    return int(said)


def _refuse_to_overwrite(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()) and not (output / lock.LOCK).is_file():
        raise UsageError(f"{output} is not empty and holds no corpus.", "Name another directory with -o.")
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file.", "Name a directory with -o.")


def records_of(selection: Selection, chosen: Config, when: int) -> list[Record]:
    """The selected records with date, cluster and split."""
    plain = [found.record for found in selection.kept]
    splits = split.assign(plain, selection.clusters, chosen.split, chosen.seed)
    return [
        replace(record, extraction_date=when, cluster=selection.clusters[record.id], split=splits[record.id])
        for record in plain
    ]


def _write(
    extractions: list[Extraction],
    chosen: Config,
    output: Path,
    command: str,
    when: int,
    problems: list[Problem],
    report: Report,
) -> Built:
    report(Progress("select", 0, 3, "gates, checks, duplicates"))
    everything = select.pool(extractions, chosen)
    selection = select.select(everything, chosen)
    records = records_of(selection, chosen, when)
    if not records:
        raise TutorError("No record is left after all gates.", "See why: tutor corpus extract, or loosen corpus.toml.")
    report(Progress("select", 1, 3, "planted faults"))
    tokenizer = tokens.tokenizer_file(chosen.extract.tokenizer)
    outcomes = planted.measure(records, chosen, tokens.counter(tokenizer), everything.panel)
    report(Progress("select", 2, 3, "writing"))
    with whole_directory(output) as partial:
        dataset.write_splits(partial, records)
        dataset.write_rejected(partial, selection.rejected)
        dataset.write_problems(partial, problems)
        written = Lock(
            format=lock.FORMAT,
            command=command,
            seed=chosen.seed,
            source_date_epoch=when,
            config_sha256=chosen.sha256,
            config=config.to_dict(chosen),
            tokenizer_sha256=tokens.identity(tokenizer),
            code_sha256=chunks.code_sha256(),
            tools=lock.installed_tools(),
            environment=lock.environment(),
            sources=[lock.locked_source(extraction) for extraction in extractions],
            stages=[
                {"name": stage.name, "left": stage.left, "reasons": dict(stage.reasons)} for stage in selection.stages
            ],
            planted={
                outcome.name: [outcome.planted, outcome.found, outcome.harmless, outcome.alarms] for outcome in outcomes
            },
            random_split_leakage=list(selection.random_leakage),
            rows=len(records),
            corpus_sha256=corpus_sha256(records),
            outputs={},
        )
        (partial / dataset.CARD).write_text(card.render(records, written), encoding="utf-8")
        written.outputs = lock.output_hashes(partial)
        lock.write_lock(partial / lock.LOCK, written)
        # What people said about rows stays with the corpus; rows that are gone are simply not counted.
        if (output / "review").is_dir():
            shutil.copytree(output / "review", partial / "review")
    report(Progress("select", 3, 3, "written"))
    return Built(output, written, selection, problems)
