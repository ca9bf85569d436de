"""A clean corpus is broken in one way at a time; the gate must name what was broken, and nothing else."""

import math
import random
from typing import Any

from tutor.course.exercises.expect import expect, same, show

CRITERIA = ("size", "empty", "duplicate", "score", "balance")
Rows = list[dict[str, Any]]


def _clean(seed: int) -> Rows:
    pick = random.Random(seed)
    return [
        {
            "id": f"row-{number}",
            "question": f"What does the option --{word} do?",
            "answer": f"It sets {word}.",
            "category": ("function", "argument", "example")[number % 3],
            "score": pick.uniform(0.5, 1),
        }
        for number, word in enumerate(pick.sample([f"{a}{b}" for a in "abcdef" for b in "klmnop"], 15))
    ]


def _gate(work: Any, rows: Rows) -> dict[str, list[str]]:
    got = work.gate([dict(row) for row in rows])
    expect(isinstance(got, dict), f"gate should return a dictionary; yours returned {show(got)}.")
    same(sorted(got), sorted(CRITERIA), "the set of criteria")
    return dict(got)


def _fails(work: Any, rows: Rows, criterion: str, evidence: list[str], what: str) -> None:
    """The gate objects to `rows` with this evidence and no other, and does not let them pass."""
    findings = _gate(work, rows)
    got = list(findings[criterion])
    expect(got == evidence, f"{what}: the evidence for {criterion!r} should be {show(evidence)}, yours is {show(got)}.")
    others = {name: found for name, found in findings.items() if found and name != criterion}
    expect(not others, f"{what}: only {criterion!r} is broken, but your gate also reports {show(others)}.")
    expect(
        work.passes(findings) is False, f"{what}: passes(…) should be False; yours is {show(work.passes(findings))}."
    )


def test_clean_corpus(work: Any, seed: int) -> None:
    """a clean corpus passes"""
    findings = _gate(work, _clean(seed))
    for criterion in CRITERIA:
        same(list(findings[criterion]), [], f"the evidence for {criterion!r} in a clean corpus")
    same(work.passes(findings), True, "passes(…) for a clean corpus")


def test_too_small(work: Any, seed: int) -> None:
    """too few rows fail, and no rows at all most of all"""
    for count in (0, 9):
        findings = _gate(work, _clean(seed)[:count])
        expect(findings["size"], f"A corpus of {count} rows: there is no evidence for 'size'.")
        expect(
            str(count) in str(findings["size"][0]),
            f"The evidence for 'size' should say {count}: {show(findings['size'])}.",
        )
        same(work.passes(findings), False, f"passes(…) for a corpus of {count} rows")
    same(list(_gate(work, _clean(seed)[:10])["size"]), [], "the evidence for 'size' in a corpus of 10 rows")


def test_empty_answers(work: Any, seed: int) -> None:
    """answers of nothing but white space fail"""
    for answer in ("", "   ", "\n\t "):
        rows = _clean(seed)
        victim = random.Random(seed).choice(rows)
        victim["answer"] = answer
        _fails(work, rows, "empty", [victim["id"]], f"With {answer!r} as the answer of {victim['id']}")


def test_duplicates(work: Any, seed: int) -> None:
    """repeated questions fail, whatever their case and white space"""
    changes = (str, str.upper, lambda text: f"  {text.replace(' ', '  ')}\n")
    for change in changes:
        rows = _clean(seed)
        first, second = sorted(random.Random(seed).sample(range(len(rows)), 2))
        rows[second]["question"] = change(rows[first]["question"])
        what = f"With the question {show(rows[second]['question'])} asked again in {rows[second]['id']}"
        _fails(work, rows, "duplicate", [rows[second]["id"]], what)


def test_three_of_a_kind(work: Any, seed: int) -> None:
    """of three equal questions, the first is innocent"""
    rows = _clean(seed)
    for row in (rows[4], rows[9]):
        row["question"] = rows[1]["question"]
    _fails(work, rows, "duplicate", ["row-4", "row-9"], "With the question of row-1 in row-4 and row-9")


def test_scores(work: Any, seed: int) -> None:
    """scores out of range fail, nan included"""
    for score in (0.49, -1.0, 1.01, math.inf, math.nan):
        rows = _clean(seed)
        victim = random.Random(seed).choice(rows)
        victim["score"] = score
        _fails(work, rows, "score", [victim["id"]], f"With a score of {score} in {victim['id']}")
    rows = _clean(seed)
    rows[0]["score"], rows[1]["score"] = 0.5, 1
    same(list(_gate(work, rows)["score"]), [], "the evidence for 'score' with scores of exactly 0.5 and 1")


def test_balance(work: Any, seed: int) -> None:
    """a category with more than half of the rows fails"""
    rows = _clean(seed)
    for row in rows[:8]:
        row["category"] = "function"
    for row in rows[8:]:
        row["category"] = "argument"
    _fails(work, rows, "balance", ["function"], "With 8 of 15 rows in one category")
    half = rows[1:]
    same(list(_gate(work, half)["balance"]), [], "the evidence for 'balance' with 7 of 14 rows in each category")
