"""Criteria 44 to 48: is it good enough, by a score and by people?"""

from __future__ import annotations

from tutor.corpus import review
from tutor.corpus.criteria.base import Context, Criterion, Evidence, NotRun, Outcome, judged, place

MIN_MEAN = 0.7
MIN_SCORE = 0.3
TOLERANCE = 1e-3


def mean_quality(context: Context) -> Outcome:
    """The mean score, computed again, is at least 0.7, and no stored score is another than the computed one."""
    pairs = list(zip(context.records, context.examined, strict=True))
    found = [
        Evidence(place(record), f"says {record.quality_score:.3f}, is {again.measures.score:.3f}")
        for record, again in pairs
        if abs(record.quality_score - again.measures.score) > TOLERANCE
    ]
    mean = sum(again.measures.score for _, again in pairs) / max(len(pairs), 1)
    if mean < MIN_MEAN:
        found.append(Evidence("mean", f"{mean:.3f}, below {MIN_MEAN}"))
    return Outcome("refuted" if found else "held", f"mean {mean:.3f}", found[:20])


def none_bad(context: Context) -> Outcome:
    """No score, computed again, is below 0.3."""
    found = [
        Evidence(place(record), f"scores {again.measures.score:.2f}")
        for record, again in zip(context.records, context.examined, strict=True)
        if again.measures.score < MIN_SCORE
    ]
    return judged(found, len(context.records))


def _counts(context: Context) -> list[tuple[int, int]]:
    inputs = context.count([record.input for record in context.records])
    outputs = context.count([record.output for record in context.records])
    return list(zip(inputs, outputs, strict=True))


def token_band(context: Context) -> Outcome:
    """Tokens, counted again, are what the columns say, and between 10 and 500."""
    limits = context.standard.gates
    found = []
    for record, (given, wanted) in zip(context.records, _counts(context), strict=True):
        if (given, wanted) != (record.tokens_input, record.tokens_output):
            found.append(Evidence(place(record), f"has {given} and {wanted} tokens, not what its columns say"))
        elif not limits.min_tokens <= given + wanted <= limits.max_tokens:
            found.append(Evidence(place(record), f"has {given + wanted} tokens"))
    return judged(found, len(context.records))


def ratio_band(context: Context) -> Outcome:
    """Output for input, counted again, is within the standard's band."""
    limits = context.standard.gates
    found = [
        Evidence(place(record), f"has {wanted / max(given, 1):.2f} tokens of output for one of input")
        for record, (given, wanted) in zip(context.records, _counts(context), strict=True)
        if not limits.min_ratio <= wanted / max(given, 1) <= limits.max_ratio
    ]
    return judged(found, len(context.records))


def people_approve(context: Context) -> Outcome:
    """People read enough rows, noticed the rows that were spoilt on purpose, and approved of nine in ten."""
    said = review.result(context.dataset)
    wanted = context.standard.review
    if not said.judged:
        raise NotRun("Nobody has reviewed it; see: tutor corpus review")
    found = []
    if said.judged < wanted.min_rows:
        found.append(Evidence("review", f"{said.judged} rows, fewer than {wanted.min_rows}"))
    if said.approval < wanted.min_approval:
        found.append(Evidence("review", f"{said.approval:.0%} approved, fewer than {wanted.min_approval:.0%}"))
    if said.missed:
        found.append(Evidence("review", f"{said.missed} of {said.traps} spoilt rows were approved"))
    low, high = said.interval
    value = f"{said.approved} of {said.judged} approved [{low:.0%}, {high:.0%}]"
    return Outcome("refuted" if found else "held", value, found)


CRITERIA = (
    Criterion(44, "quality", 2, f"mean score of {MIN_MEAN} or more", "score every row again", mean_quality),
    Criterion(45, "quality", 2, f"no score below {MIN_SCORE}", "score every row again", none_bad),
    Criterion(46, "quality", 2, "10 to 500 tokens", "count every row again", token_band),
    Criterion(47, "quality", 2, "output in proportion to input", "count every row again", ratio_band),
    Criterion(48, "quality", 2, "people approve of 90 %", "read what they said", people_approve, veto=True),
)
