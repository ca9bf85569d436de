"""Criteria 21 to 30: does the documentation fit the code, and may it be passed on?"""

from __future__ import annotations

from collections.abc import Callable

from tutor.corpus import checks, relevance
from tutor.corpus.criteria.base import SHOWN, Context, Criterion, Evidence, Outcome, each_row, judged, place
from tutor.corpus.subject import Subject

MAX_IRRELEVANT = 0.08
"""The rank test itself is wrong once in twenty, and among few rows of one kind somewhat oftener."""


def relevant(context: Context) -> Outcome:
    """Documentation fits its own code better than that of other rows does."""
    docs = [relevance.of_record(s.record, s.doc_stems, s.code_stems) for s in context.subjects]
    ids = [subject.record.id for subject in context.subjects]
    panel = relevance.Panel(zip(ids, docs, strict=True), context.standard.seed)
    found = [
        Evidence(place(subject.record), fault)
        for subject, doc in zip(context.subjects, docs, strict=True)
        if (fault := panel.fault(doc))
    ]
    share = len(found) / max(len(context.subjects), 1)
    value = f"{share:.1%} of rows fit no better than others"
    return Outcome("refuted", value, found[:SHOWN]) if share > MAX_IRRELEVANT else Outcome("held", value)


def types_exist(context: Context) -> Outcome:
    """Every type that documentation mentions in code style stands somewhere in its source."""
    found = []
    for subject in context.subjects:
        names = context.extractions[subject.record.source_repo].names
        if fault := checks.unknown_type(checks.mentioned_types(subject), names):
            found.append(Evidence(place(subject.record), fault))
    return judged(found, len(context.subjects))


def _criterion(number: int, title: str, attempt: str, test: Callable[[Subject], str]) -> Criterion:
    return Criterion(number, "semantics", 2, title, attempt, lambda context: each_row(context, test))


CRITERIA = (
    Criterion(21, "semantics", 2, "documentation describes its item", "compare its fit with that of others", relevant),
    _criterion(22, "sections of parameters are complete", "count what a section leaves out", checks.parameters_covered),
    _criterion(23, "returns fit the declared type", "compare what is said with the type", checks.returns_match),
    _criterion(24, "errors, panics and safety fit the code", "look for what could fail so", checks.errors_match),
    _criterion(25, "examples use the item", "look for its name in its examples", checks.examples_use_it),
    _criterion(26, "no invented parameters", "look every documented one up", checks.parameters_exist),
    Criterion(27, "semantics", 2, "no invented types", "look every mentioned one up in the whole source", types_exist),
    _criterion(28, "the prose is English", "count common words of English and of others", checks.english),
    _criterion(29, "no profanity", "look for a short list of words", checks.no_profanity),
    _criterion(
        30, "no secrets, no personal data", "detect-secrets, and patterns of personal data", checks.no_personal_data
    ),
)
