"""Faults planted on purpose: how many each gate and check finds, and how often it cries over a harmless look-alike.

A gate that finds nothing planted is not a test, and the card says so.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tutor.corpus import candidates, dedup, forms, gates, licences, relevance
from tutor.corpus.checks import CHECKS, input_parses, mentioned_types, unknown_type
from tutor.corpus.config import Config
from tutor.corpus.plants import Edit, Plant, plants
from tutor.corpus.schema import Record
from tutor.corpus.statistics import wilson
from tutor.corpus.subject import Subject
from tutor.corpus.tokens import Count

SAMPLE = 120
"""Records that every fault is planted in, where it fits."""
RANKED = 600
"""For the rank test, which misses some by construction: how many takes a larger sample to tell."""


@dataclass(frozen=True)
class Outcome:
    """How a gate or check did."""

    name: str
    planted: int
    found: int
    harmless: int
    alarms: int

    @property
    def detection(self) -> tuple[float, float, float]:
        """(share, low, high) of the planted faults that were found."""
        return (self.found / max(self.planted, 1), *wilson(self.found, self.planted))

    @property
    def false_alarms(self) -> tuple[float, float, float]:
        """(share, low, high) of the harmless twins that were taken for faults."""
        return (self.alarms / max(self.harmless, 1), *wilson(self.alarms, self.harmless))


def measure(records: list[Record], config: Config, count: Count, panel: relevance.Panel) -> list[Outcome]:
    """Plant every fault and its twin in a seeded sample of clean records.

    Args:
        count: counts tokens; a fault changes how many there are.
        panel: the one that the records were chosen by.
    """
    dice = random.Random(config.seed)
    ordered = sorted(records, key=lambda record: record.id)
    ranked = [Subject(record) for record in dice.sample(ordered, min(RANKED, len(ordered)))]
    sample = ranked[:SAMPLE]
    outcomes = [
        _outcome(plant, ranked if plant.name == "relevance" else sample, config, count, dice, panel)
        for plant in plants(ranked)
    ]
    return [*outcomes, _syntax(sample), _licence(config), _near_duplicates(sample, config, dice)]


def _outcome(
    plant: Plant, sample: list[Subject], config: Config, count: Count, dice: random.Random, panel: relevance.Panel
) -> Outcome:
    # What clean records mention was found in their sources.
    known = {name for subject in sample for name in mentioned_types(subject)}
    counted = plant.name in ("tokens", "io-ratio")  # nothing else looks at the number of tokens
    faults = [new for subject in sample if (new := _edited(subject, plant.fault, count, dice, counted))]
    twins = [new for subject in sample if (new := _edited(subject, plant.twin, count, dice, counted))]
    found = sum(_flagged(plant.name, record, config, panel, known) for record in faults)
    alarms = sum(_flagged(plant.name, record, config, panel, known) for record in twins)
    return Outcome(plant.name, len(faults), found, len(twins), alarms)


def _edited(subject: Subject, edit: Edit, count: Count, dice: random.Random, counted: bool) -> Record | None:
    doc = edit(subject, dice)
    if doc is None:
        return None
    record = subject.record
    output = forms.written(record.language, doc, record.output.startswith("//!"))
    tokens = count([output])[0] if counted else record.tokens_output
    return replace(record, output=output, tokens_output=tokens)


def _flagged(name: str, record: Record, config: Config, panel: relevance.Panel, known: set[str]) -> bool:
    """Whether the gate or check `name` finds something; only it is asked."""
    if name == "score":
        return name in gates.verdicts(candidates.examine(record).measures, config.gates)
    subject = Subject(record)
    if name == "relevance":
        return bool(panel.fault(relevance.of_record(record, subject.doc_stems, subject.code_stems)))
    if name == "unknown-type":
        return bool(unknown_type(mentioned_types(subject), known))
    if check := next((check for check in CHECKS if check.name == name), None):
        return bool(check.test(subject))
    return name in gates.verdicts(gates.measure(subject, 1.0), config.gates)


def _syntax(sample: list[Subject]) -> Outcome:
    broken = [replace(subject.record, input=subject.record.input.rstrip("}.;") + "\n( {") for subject in sample]
    comment = {"rust": "// as declared\n", "python": "# as declared\n"}
    whole = [replace(s.record, input=comment[s.record.language] + s.record.input) for s in sample]
    found = sum(bool(input_parses(Subject(record))) for record in broken)
    alarms = sum(bool(input_parses(Subject(record))) for record in whole)
    return Outcome("parses", len(broken), found, len(whole), alarms)


def _licence(config: Config) -> Outcome:
    banned = (
        "GPL-3.0-only",
        "GPL-2.0-or-later",
        "AGPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "LicenseRef-copyleft",
        "",
        "SSPL-1.0",
    )
    fine = ("MIT", "Apache-2.0 OR MIT", "(MIT OR GPL-3.0-only) AND BSD-3-Clause", "Unlicense OR MIT", "ISC")
    found = sum(not licences.allowed(licence, config.licences) for licence in banned)
    alarms = sum(not licences.allowed(licence, config.licences) for licence in fine)
    return Outcome("licence", len(banned), found, len(fine), alarms)


def _near_duplicates(sample: list[Subject], config: Config, dice: random.Random) -> Outcome:
    """One word of 40 changed is a near-duplicate; every third word changed is not."""
    docs = [subject.doc for subject in sample if len(subject.doc.split()) >= 20]
    near = _similar(docs, [_changed(doc, 40, dice) for doc in docs], config)
    far = _similar(docs, [_changed(doc, 3, dice) for doc in docs], config)
    return Outcome("near-duplicate", len(docs), near, len(docs), far)


def _similar(docs: list[str], changed: list[str], config: Config) -> int:
    """How many changed documentations are taken for near-duplicates of what they were."""
    pairs = dedup.near_pairs([*docs, *changed], config.dedup.threshold, config.dedup.permutations)
    return sum(other == one + len(docs) for one, other, _ in pairs)


def _changed(doc: str, every: int, dice: random.Random) -> str:
    parts = doc.split()
    start = dice.randrange(min(every, len(parts)))
    for place in range(start, len(parts), every):
        parts[place] = f"other{dice.randrange(10**6)}"
    return " ".join(parts)
