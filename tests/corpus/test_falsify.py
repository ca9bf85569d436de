"""48 attempts to refute a corpus, each of which can succeed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tutor.corpus import dataset, falsify, mutate, rebuild
from tutor.corpus.criteria import CRITERIA
from tutor.corpus.lock import LOCK


def test_the_criteria_are_48_and_worth_100() -> None:
    assert [criterion.number for criterion in CRITERIA] == list(range(1, 49))
    points = Counter[str]()
    for criterion in CRITERIA:
        points[criterion.section] += criterion.points
    assert points == {
        "integrity": 20, "syntax": 20, "semantics": 20, "distribution": 15, "reproducibility": 15, "quality": 10
    }  # fmt: skip
    assert {criterion.number for criterion in CRITERIA if criterion.veto} == {*range(1, 11), *range(38, 44), 48}


def test_every_criterion_holds_and_then_is_refuted(corpus: Path) -> None:
    proofs = mutate.prove(dataset.read(corpus))
    unproved = [
        (proof.criterion.number, proof.before.status, proof.after.status, proof.before.evidence[:2])
        for proof in proofs
        if not proof.proved
    ]
    assert unproved == []
    assert len(proofs) == 48
    assert all(proof.after.evidence for proof in proofs)


def test_without_its_sources_a_corpus_earns_less_and_says_so(corpus: Path) -> None:
    lock = json.loads((corpus / LOCK).read_text(encoding="utf-8"))
    for source in lock["sources"]:
        source["locator"] = f"dist:not-installed-{source['name'].rpartition('/')[2]}"
    (corpus / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    verdict = falsify.falsify(dataset.read(corpus), only=[1, 2, 3, 4, 27, 38, 42])
    status = {result.criterion.number: result.outcome.status for result in verdict.results}
    assert status == {1: "not-run", 2: "not-run", 3: "not-run", 4: "held", 27: "not-run", 38: "not-run", 42: "not-run"}
    assert (verdict.earned, verdict.attempted) == (2, 2)
    assert verdict.possible == 16


def test_verdicts(corpus: Path) -> None:
    cheap = [criterion.number for criterion in CRITERIA if criterion.number not in (27, 38, 42)]
    whole = falsify.falsify(dataset.read(corpus), only=cheap)
    assert (whole.earned, whole.possible, whole.vetoes) == (92, 92, [])
    assert whole.word == "WARN"  # 92 points: the eight that were not tried earn nothing
    (corpus / "review" / "reviews.jsonl").unlink()
    unread = falsify.falsify(dataset.read(corpus), only=cheap)
    assert (unread.earned, unread.word) == (90, "WARN")
    mutate.MUTATIONS[4](corpus, dataset.read(corpus).records)
    broken = falsify.falsify(dataset.read(corpus), only=[4, 5])
    assert broken.word == "INVALID" and [result.criterion.number for result in broken.vetoes] == [4]
    assert broken.falsified


def test_a_corpus_cannot_soften_its_own_examination(corpus: Path) -> None:
    lock = json.loads((corpus / LOCK).read_text(encoding="utf-8"))
    lock["config"]["gates"]["max_tokens"] = 1_000_000
    (corpus / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    mutate.MUTATIONS[46](corpus, dataset.read(corpus).records)
    verdict = falsify.falsify(dataset.read(corpus), only=[46])
    assert verdict.results[0].outcome.status == "refuted"


def test_nonsense_that_is_well_formed_earns_no_third_of_the_points(corpus: Path) -> None:
    """What the course's own suite gives away: a corpus whose documentation was shuffled must lose its semantics."""
    mutate.MUTATIONS[21](corpus, dataset.read(corpus).records)
    verdict = falsify.falsify(dataset.read(corpus), only=[7, 9, 21, 22, 25, 26, 43])
    assert verdict.earned == 0


@pytest.mark.timeout(180)
def test_two_builds_elsewhere_give_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    assert rebuild.verify(corpus, tmp_path / "scratch") == []
