"""What a criterion is, and what it may look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tutor.corpus import config, extract, sources, tokens
from tutor.corpus.candidates import Candidate, examine
from tutor.corpus.config import Config
from tutor.corpus.dataset import Dataset
from tutor.corpus.extract import Extraction
from tutor.corpus.lock import Lock, LockedSource
from tutor.corpus.schema import Record
from tutor.corpus.subject import Subject
from tutor.corpus.trees import SourceTree
from tutor.errors import TutorError

Status = Literal["held", "refuted", "not-run"]
SHOWN = 20
"""Pieces of evidence kept for a criterion; the number of all is kept too."""


@dataclass(frozen=True)
class Evidence:
    """One thing found against the corpus."""

    where: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    status: Status
    value: str
    """What was measured, in a few words."""
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Criterion:
    """One attempt to refute a corpus."""

    number: int
    section: str
    points: int
    title: str
    attempt: str
    """How it tries."""
    test: Callable[[Context], Outcome]
    veto: bool = False
    """Whether a refutation makes the whole corpus invalid, whatever its points."""


class NotRun(Exception):
    """A criterion cannot be tried here; says why."""


class Context:
    """A corpus under attack; what several criteria need is made once."""

    def __init__(self, dataset: Dataset, *, network: bool = False) -> None:
        self.dataset = dataset
        self.network = network
        self.standard: Config = config.load()
        """The thresholds of the course: those the corpus was built with cannot soften its own examination."""

    @property
    def records(self) -> list[Record]:
        """All rows."""
        return self.dataset.records

    @property
    def lock(self) -> Lock:
        """How the corpus says it was made.

        Raises:
            NotRun: it does not say.
        """
        try:
            return self.dataset.lock
        except TutorError as error:
            raise NotRun(error.what) from None

    @cached_property
    def subjects(self) -> list[Subject]:
        """All rows, taken apart."""
        return [Subject(record) for record in self.records]

    @cached_property
    def examined(self) -> list[Candidate]:
        """All rows, measured again; nothing is believed that stands in a column."""
        return [examine(record) for record in self.records]

    @cached_property
    def trees(self) -> dict[str, SourceTree | str]:
        """Source → its tree, or why it is not here."""
        return {source.name: self._open(source) for source in self.lock.sources}

    def _open(self, source: LockedSource) -> SourceTree | str:
        try:
            return sources.open_source(source.locator, network=self.network)
        except TutorError as error:
            return error.what

    def tree(self, name: str) -> SourceTree:
        """The tree of a source.

        Raises:
            NotRun: it is not on this machine.
        """
        found = self.trees.get(name, f"{name} is not in the lock")
        if isinstance(found, str):
            raise NotRun(found)
        return found

    @cached_property
    def extractions(self) -> dict[str, Extraction]:
        """Every source, extracted again, from the files and not from any cache.

        Raises:
            NotRun: a source is not on this machine.
        """
        trees = [self.tree(source.name) for source in self.lock.sources]
        chosen = config.from_dict(self.lock.config)
        return {found.tree.name: found for found in extract.extract_all(trees, chosen, use_cache=False)}

    @cached_property
    def count(self) -> tokens.Count:
        """The tokenizer that the lock names.

        Raises:
            NotRun: it is not on this machine.
        """
        try:
            path = tokens.tokenizer_file(str(self.lock.config["extract"]["tokenizer"]))
        except TutorError as error:
            raise NotRun(error.what) from None
        if tokens.identity(path) != self.lock.tokenizer_sha256:
            raise NotRun("The tokenizer here is not the one that counted.")
        return tokens.counter(path)


def place(record: Record) -> str:
    """Where a row comes from, and which it is."""
    return f"{record.source_repo} {record.source_file}:{record.source_line} ({record.id[:8]})"


def judged(found: Iterable[Evidence], tried: int, unit: str = "rows") -> Outcome:
    """Refuted by any evidence at all."""
    evidence = list(found)
    value = f"{len(evidence)} of {tried} {unit}" if evidence else f"{tried} {unit} tried"
    return Outcome("refuted" if evidence else "held", value, evidence[:SHOWN])


def each_row(context: Context, test: Callable[[Subject], str]) -> Outcome:
    """Try every row; `test` returns what is wrong with one, or ''."""
    found = ((subject, test(subject)) for subject in context.subjects)
    evidence = [Evidence(place(subject.record), what) for subject, what in found if what]
    return judged(evidence, len(context.subjects))


def in_band(title: str, value: float, low: float, high: float) -> Outcome:
    """Refuted outside [low, high]."""
    fine = low <= value <= high
    evidence = [] if fine else [Evidence(title, f"{value:.1%} is outside {low:.0%} to {high:.0%}")]
    return Outcome("held" if fine else "refuted", f"{value:.1%}", evidence)


def share(records: list[Record], category: str) -> float:
    """Of the rows, in [0, 1]."""
    return Counter(record.category for record in records)[category] / max(len(records), 1)
