"""Faults planted on purpose: how many each gate and check finds, and how often it cries over a harmless look-alike.

A gate that finds nothing planted is not a test, and the card says so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tutor.corpus import candidates, dedup, forms, gates, licences, relevance
from tutor.corpus.checks import CHECKS, input_parses, mentioned_types, unknown_type
from tutor.corpus.config import Config
from tutor.corpus.schema import Record
from tutor.corpus.statistics import wilson
from tutor.corpus.subject import Subject
from tutor.corpus.tokens import Count

SAMPLE = 120
"""Records that every fault is planted in, where it fits."""

Edit = Callable[[Subject, random.Random], str | None]
"""Gives the new documentation, or None where the fault does not fit the record."""


@dataclass(frozen=True)
class Plant:
    """A fault of one kind, and its harmless twin."""

    name: str
    """Of the gate or check that should find it."""
    fault: Edit
    twin: Edit


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


def _and(text: str) -> Edit:
    return lambda subject, _dice: f"{subject.doc}\n\n{text}"


def _instead(*texts: str) -> Edit:
    return lambda _subject, dice: dice.choice(texts)


def _line(low: int, high: int) -> Edit:
    def edit(subject: Subject, dice: random.Random) -> str:
        length = dice.randint(low, high) - (4 if subject.record.language == "rust" else 0)
        filler = "the same value is used again and again for all of them " * 4
        return f"{subject.doc}\n\n{filler[: length - 1].rstrip().ljust(length - 1, 'x')}."

    return edit


def _ratio(subject: Subject, _dice: random.Random) -> str | None:
    if subject.record.tokens_input > 60:
        return "Here."
    return subject.doc + "\n\nThe same is true of every other value of this kind." * 60


def _section(title: str, rows: list[tuple[str, str]], language: str) -> str:
    if language == "rust":
        return f"# {title}\n\n" + "\n".join(f"* `{name}` - {said}" for name, said in rows)
    google = {"Arguments": "Args"}.get(title, title)
    return f"{google}:\n" + "\n".join(f"    {name}: {said}" for name, said in rows)


def _bare(subject: Subject) -> str | None:
    """The summary of a function: what a section can be added to."""
    return subject.parts.summary or None if subject.signature.is_function else None


def _parameters(wanted: Callable[[list[str]], list[str] | None]) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        summary = _bare(subject)
        names = list(subject.signature.parameters)
        chosen = wanted(names) if summary and names and not subject.signature.open_ended else None
        if not chosen:
            return None
        rows = [(name, "the value that is used") for name in chosen]
        return f"{summary}\n\n{_section('Arguments', rows, subject.record.language)}"

    return edit


def _swap(others: list[Subject]) -> Edit:
    def edit(subject: Subject, dice: random.Random) -> str | None:
        strangers = [other for other in others if other.record.source_repo != subject.record.source_repo]
        return dice.choice(strangers).doc if strangers and subject.record.kind != "module" else None

    return edit


def _returns(honest: bool) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        summary, declared = _bare(subject), (subject.signature.returns or "").strip("'\"")
        if (
            not summary
            or subject.record.language != "python"
            or declared not in ("None", "str", "bool", "int", "float")
        ):
            return None
        said = declared if honest else {"None": "int", "str": "bool"}.get(declared, "str")
        if said == "None":
            return None
        return f"{summary}\n\nReturns:\n    {said}: what was asked for."

    return edit


def _errors(honest: bool) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        summary, returns = _bare(subject), subject.signature.returns or ""
        if not summary:
            return None
        if subject.record.language == "python":
            return f"{summary}\n\nRaises:\n    {'ValueError' if honest else 'trouble'}: When it cannot be used."
        fallible = "Result" in returns
        if fallible != honest or (not fallible and re.search("Poll|Option|Future|Stream|impl |Self|Error", returns)):
            return None
        return f"{summary}\n\n# Errors\n\nAn error is returned when the value cannot be used."

    return edit


def _example(code: str) -> Edit:
    """An example; `NAME` in it becomes the item's name."""

    def edit(subject: Subject, _dice: random.Random) -> str | None:
        if subject.parts.examples or subject.record.kind == "module" or subject.signature.in_trait_impl:
            return None
        name = re.split(r"::|\.", subject.record.symbol)[-1]
        if not name.isidentifier() or name.startswith("__"):
            return None
        shown = code.replace("NAME", name)
        if subject.record.language == "rust":
            return f"{subject.doc}\n\n```\nlet x = {shown};\n```"
        return f"{subject.doc}\n\n>>> x = {shown}"

    return edit


def _known_type(subject: Subject, _dice: random.Random) -> str:
    name = "PathBuf" if subject.record.language == "rust" else "ValueError"
    return f"{subject.doc}\n\nSee `{name}`, or `SCREAMING`."


_FOREIGN = (
    "Diese Funktion gibt den Wert zurück, der für die Berechnung der nächsten Zeile benötigt wird.",
    "Cette fonction renvoie la valeur qui est utilisée pour le calcul de la ligne suivante dans le fichier.",
    "Esta función devuelve el valor que se utiliza para el cálculo de la línea siguiente con los datos.",
    "Questa funzione restituisce il valore che viene usato per il calcolo della riga e non per il resto dei dati.",
    "Эта функция возвращает значение, которое используется для вычисления следующей строки.",
    "この関数は、次の行の計算に使用される値を返します。",
)
_PERSONAL = (
    "Ask karl.meier@gmx.de about it.",
    "The key is AKIAIOSFODNN7QWERTYU.",
    "Token ghp_" + "a1B2c3D4e" * 4 + ".",
    "The server is 93.184.216.34.",
    "It lies in /home/kmeier/data.",
    "Call +49 30 901820 22.",
    "-----BEGIN RSA PRIVATE KEY-----",
)
_IMPERSONAL = (
    "Ask user@example.com about it.",
    "The key is AKIA followed by sixteen letters.",
    "The commit is 3f786850e387550fdab836ed7e6dc881de23001b.",
    "The server is 127.0.0.1 or 192.168.1.20, the version 1.2.3.4.",
    "It lies in /home/user/data.",
    "Call it 12 times, or 1000 times.",
    "Such keys begin with BEGIN and a line of dashes.",
)


def _unchanged(subject: Subject, _dice: random.Random) -> str:
    return subject.doc


_SENTENCE = _and("It is used by the other parts as well.")


def _plants(everything: list[Subject]) -> list[Plant]:
    return [
        Plant("score", _instead("todo", "x", "fixme later"), _SENTENCE),
        Plant("line-length", _line(101, 140), _line(60, 100)),
        Plant("delimiters", _and("(see the notes there"), _and("Good :) and a) first, b) second, in [0, 1) or `(`.")),
        Plant("code-fences", _and("```"), _and("```text\nall is well\n```")),
        Plant("control-chars", _and("It rings \x07 once."), _and("It writes “é” — and nothing else.")),
        Plant("tokens", lambda subject, _dice: subject.doc + "\n\nThe same again for all of them." * 90, _unchanged),
        Plant("io-ratio", _ratio, _unchanged),
        Plant("markdown", _and("It uses `name without an end."), _and("It uses `name` and ``an `inner` one``.")),
        Plant("example-code", _example("NAME(1, = 2)"), _example("NAME(1, 2)")),
        Plant("relevance", _swap(everything), _SENTENCE),
        Plant(
            "parameter-coverage",
            _parameters(lambda names: names[:1] if len(names) > 2 else None),
            _parameters(lambda names: names),
        ),
        Plant("returns", _returns(False), _returns(True)),
        Plant("errors", _errors(False), _errors(True)),
        Plant("example-use", _example("somewhere_else(1)"), _example("NAME(1)")),
        Plant(
            "invented-parameters",
            _parameters(lambda names: [*names[:-1], f"{names[-1]}_renamed"]),
            _parameters(lambda names: names),
        ),
        Plant("unknown-type", _and("See `FrobnicatedQuux`."), _known_type),
        Plant("english", _instead(*_FOREIGN), _instead("Returns the value that is used for the next line.")),
        Plant("profanity", _and("This is a fucking mess."), _and("Assess the classic Scunthorpe passage, hello.")),
        Plant(
            "personal-data",
            lambda subject, dice: f"{subject.doc}\n\n{dice.choice(_PERSONAL)}",
            lambda subject, dice: f"{subject.doc}\n\n{dice.choice(_IMPERSONAL)}",
        ),
        Plant("boilerplate", _instead("TODO: write this down.", "FIXME", "TODO"), _and("It keeps a to-do list.")),
    ]  # fmt: skip


def measure(records: list[Record], config: Config, count: Count, panel: relevance.Panel) -> list[Outcome]:
    """Plant every fault and its twin in a seeded sample of clean records.

    Args:
        count: counts tokens; a fault changes how many there are.
        panel: the one that the records were chosen by.
    """
    dice = random.Random(config.seed)
    ordered = sorted(records, key=lambda record: record.id)
    sample = [Subject(record) for record in dice.sample(ordered, min(SAMPLE, len(ordered)))]
    outcomes = [_outcome(plant, sample, config, count, dice, panel) for plant in _plants(sample)]
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
