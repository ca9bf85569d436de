"""The quality score: a sum of named parts, each of which a learner can see and argue with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tutor.corpus.subject import Subject

WEIGHTS = {
    "length": 0.15,
    "summary": 0.10,
    "information": 0.20,
    "parameters": 0.15,
    "result": 0.10,
    "relevance": 0.10,
    "examples": 0.10,
    "clean": 0.10,
}


@dataclass(frozen=True)
class Part:
    """One part of a score."""

    name: str
    value: float
    """In [0, 1]."""
    weight: float
    why: str


def parts(subject: Subject, failures: Mapping[str, str]) -> list[Part]:
    """Every part of a record's score, with its reason; `failures` is what the checks found."""
    found = {
        "length": _length(subject),
        "summary": _summary(subject),
        "information": _information(subject),
        "parameters": _parameters(subject),
        "result": _result(subject),
        "relevance": _relevance(subject),
        "examples": _examples(subject, failures),
        "clean": _clean(failures),
    }
    return [Part(name, value, WEIGHTS[name], why) for name, (value, why) in found.items()]


def score(subject: Subject, failures: Mapping[str, str]) -> float:
    """In [0, 1], rounded to four places so that it survives 32-bit storage."""
    return round(sum(part.value * part.weight for part in parts(subject, failures)) / sum(WEIGHTS.values()), 4)


def _length(subject: Subject) -> tuple[float, str]:
    count = subject.doc_words
    value = min(count / 12, 1.0) if count <= 150 else max(0.4, 150 / count)
    return value, f"{count} words"


def _summary(subject: Subject) -> tuple[float, str]:
    summary = subject.parts.summary.strip()
    capital, stop = summary[:1].isupper() or summary[:1] == "`", summary.endswith((".", "!", "?", ":", "::"))
    return (capital + stop) / 2, "a sentence" if capital and stop else "no whole sentence first"


def _information(subject: Subject) -> tuple[float, str]:
    """Words that the declaration does not already say; eight of them are worth the whole."""
    new = len(subject.doc_stems - subject.own_stems)
    return min(new / 8, 1.0), f"{new} words beyond the declaration"


def _some(subject: Subject) -> float:
    """For what needs no words: 1.0, unless there are hardly any words at all."""
    return min(subject.doc_words / 5, 1.0)


def _parameters(subject: Subject) -> tuple[float, str]:
    wanted = subject.signature.parameters if subject.signature.is_function else ()
    if not wanted:
        return _some(subject), "no parameters"
    prose = set(re.findall(r"\w+", subject.doc))
    named = len(subject.named_parameters) + 0.5 * len((set(wanted) & prose) - subject.named_parameters)
    return min(named / len(wanted), 1.0), f"{len(set(wanted) & prose)} of {len(wanted)} parameters named"


def _result(subject: Subject) -> tuple[float, str]:
    declared = subject.signature.returns
    if not subject.signature.is_function or declared in ("", "None", "()", "Self", "&Self", "&mut Self", None):
        return _some(subject), "nothing returned"
    text = subject.doc.lower()
    said = bool(
        re.search(
            r"\b(returns?|returned|yields?|gets?|creates?|constructs?|whether|true|false|result|error|fail)", text
        )
    )
    return float(said), "the result is described" if said else "the result is not described"


def _relevance(subject: Subject) -> tuple[float, str]:
    shared = len(subject.doc_stems & subject.own_stems)
    return min(shared / 3, 1.0), f"{shared} words shared with the declaration"


def _examples(subject: Subject, failures: Mapping[str, str]) -> tuple[float, str]:
    if not subject.parts.examples:
        return 0.5, "no example"
    return float("example-code" not in failures), "an example"


def _clean(failures: Mapping[str, str]) -> tuple[float, str]:
    fault = next((failures[name] for name in ("boilerplate", "english", "markdown") if name in failures), "")
    return float(not fault), fault or "no boilerplate"
