"""From everything that was found to the corpus: what is dropped at which stage, for which reason.

Everything slow is measured before; choosing again after a threshold moved takes a fraction of a second.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from tutor.corpus import balance, checks, dedup, gates, licences, relevance, split
from tutor.corpus.candidates import Candidate
from tutor.corpus.config import Config
from tutor.corpus.extract import Extraction
from tutor.corpus.subject import Subject

LEAK = 0.7
"""Documentations at least this similar never stand in two splits."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was dropped, with every reason of the stage that dropped it."""

    candidate: Candidate
    stage: str
    reasons: dict[str, str]
    """Reason code → evidence."""


@dataclass(slots=True)
class Stage:
    """One step of the funnel."""

    name: str
    left: int
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason → records that it holds against; one record can have several."""


@dataclass
class Pool:
    """All candidates of all sources, with what only shows across them."""

    candidates: list[Candidate]
    near: list[tuple[int, int, float]]
    """(i, j, similarity) of near-duplicate documentations."""
    panel: relevance.Panel


@dataclass
class Selection:
    """The corpus, and how it came about."""

    kept: list[Candidate]
    clusters: dict[str, str]
    """Record id → name of its cluster: files, joined where their documentations are near-duplicates."""
    stages: list[Stage]
    rejected: list[Rejection]
    random_leakage: tuple[int, int] = (0, 0)
    """(leaking, held out): records outside training with a near-duplicate in it, had near-duplicates stayed and every
    record been assigned at random."""


def pool(extractions: list[Extraction], config: Config) -> Pool:
    """Measure what needs all records: names of whole sources, and near-duplicates."""
    candidates: list[Candidate] = []
    for extraction in extractions:
        for found in extraction.candidates:
            if unknown := checks.unknown_type(found.mentions, extraction.names):
                found.failures["unknown-type"] = unknown
            candidates.append(found)
    words = [relevance.of_record(found.record, found.doc_stems, found.code_stems) for found in candidates]
    panel = relevance.Panel(zip((found.record.id for found in candidates), words, strict=True), config.seed)
    for found, doc in zip(candidates, words, strict=True):
        if fault := panel.fault(doc):
            found.failures["relevance"] = fault
    docs = [Subject(found.record).doc for found in candidates]
    near = dedup.near_pairs(docs, min(config.dedup.threshold, LEAK), config.dedup.permutations)
    return Pool(candidates, near, panel)


def select(everything: Pool, config: Config) -> Selection:
    """Choose the corpus; the same pool and configuration give the same corpus."""
    selection = Selection([], {}, [Stage("documented", len(everything.candidates))], [])
    left = list(range(len(everything.candidates)))
    licensed = {found.record.license for found in everything.candidates}
    fine = {licence for licence in licensed if licences.allowed(licence, config.licences)}
    faults = [_faults(found, config, fine) for found in everything.candidates]
    for stage in ("gates", "checks", "licence"):
        left = _drop(selection, everything, stage, left, {place: faults[place][stage] for place in left})
    left = _drop(selection, everything, "duplicates", left, _duplicates(everything, left))
    selection.random_leakage = _random_leakage(everything, left, config)
    left = _drop(selection, everything, "near-duplicates", left, _near_duplicates(everything, left, config))
    if config.balance.enabled:
        chosen = balance.choose([everything.candidates[place].record for place in left], config.balance)
        surplus = {place: {} if number in chosen else {"surplus": "not among the best of its category and source"}
                   for number, place in enumerate(left)}  # fmt: skip
        left = _drop(selection, everything, "balance", left, surplus)
    selection.kept = sorted((everything.candidates[place] for place in left), key=lambda found: found.record.id)
    selection.clusters = _clusters(everything, left)
    return selection


def _faults(found: Candidate, config: Config, fine: set[str]) -> dict[str, dict[str, str]]:
    licence = found.record.license
    return {
        "gates": gates.verdicts(found.measures, config.gates),
        "checks": {name: what for name, what in found.failures.items() if name not in config.screens.off},
        "licence": {} if licence in fine else {"licence": f"{licence or 'no licence found'} is not on the list"},
    }


def _drop(
    selection: Selection, everything: Pool, name: str, left: list[int], faults: dict[int, dict[str, str]]
) -> list[int]:
    stage = Stage(name, 0)
    kept = []
    for place in left:
        if reasons := faults.get(place):
            stage.reasons.update(reasons.keys())
            selection.rejected.append(Rejection(everything.candidates[place], name, reasons))
        else:
            kept.append(place)
    stage.left = len(kept)
    selection.stages.append(stage)
    return kept


def _rank(everything: Pool, place: int) -> tuple[float, str]:
    record = everything.candidates[place].record
    return (-record.quality_score, f"{record.id} {record.source_repo} {record.source_file} {record.source_line:9}")


def _duplicates(everything: Pool, left: list[int]) -> dict[int, dict[str, str]]:
    """All but the best of equal pairs, and of different documentations of one and the same input."""
    dropped: dict[int, dict[str, str]] = {}
    seen: dict[str, int] = {}
    by_input: dict[tuple[str, str], int] = {}
    for place in sorted(left, key=lambda place: _rank(everything, place)):
        record = everything.candidates[place].record
        first = seen.setdefault(record.content_sha256, place)
        rival = by_input.setdefault((record.language, record.input), place)
        if first != place:
            dropped[place] = {"duplicate": f"equals {where(everything, first)}"}
        elif rival != place:
            dropped[place] = {"contradiction": f"{where(everything, rival)} documents the same input otherwise"}
    return dropped


def _near_duplicates(everything: Pool, left: list[int], config: Config) -> dict[int, dict[str, str]]:
    """All but the best of every group."""
    alive = set(left)
    groups = dedup.Groups(len(everything.candidates))
    for one, other, similarity in everything.near:
        if one in alive and other in alive and similarity >= config.dedup.threshold:
            groups.join(one, other)
    best: dict[int, int] = {}
    dropped = {}
    for place in sorted(left, key=lambda place: _rank(everything, place)):
        first = best.setdefault(groups.find(place), place)
        if first != place:
            dropped[place] = {"near-duplicate": f"nearly equals {where(everything, first)}"}
    return dropped


def _random_leakage(everything: Pool, left: list[int], config: Config) -> tuple[int, int]:
    records = {place: everything.candidates[place].record for place in left}
    splits = split.at_random(list(records.values()), config.split, config.seed)
    held_out = {place for place, record in records.items() if splits[record.id] != "train"}
    leaking = set()
    for one, other, _similarity in everything.near:
        if one in records and other in records and (one in held_out) != (other in held_out):
            leaking.add(one if one in held_out else other)
    return len(leaking), len(held_out)


def _clusters(everything: Pool, left: list[int]) -> dict[str, str]:
    files = {place: _file(everything.candidates[place]) for place in left}
    order = sorted(set(files.values()))
    numbers = {file: number for number, file in enumerate(order)}
    groups = dedup.Groups(len(order))
    for one, other, _similarity in everything.near:
        if one in files and other in files:
            groups.join(numbers[files[one]], numbers[files[other]])
    return {
        everything.candidates[place].record.id: hashlib.sha256(order[groups.find(numbers[file])].encode()).hexdigest()[
            :12
        ]
        for place, file in files.items()
    }


def _file(found: Candidate) -> str:
    return f"{found.record.source_repo} {found.record.source_file}"


def where(everything: Pool, place: int) -> str:
    """`repo file:line`."""
    record = everything.candidates[place].record
    return f"{record.source_repo} {record.source_file}:{record.source_line}"
