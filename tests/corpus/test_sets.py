"""What is decided over many records: near-duplicates, balance, splits."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.test_gates import GOOD, RUST, make
from tutor.corpus import balance, config, dedup, split
from tutor.corpus.relevance import Doc, Panel
from tutor.corpus.schema import CATEGORIES, SPLITS, Record

TEMPLATE = make(RUST, GOOD).record


def _records(counts: dict[tuple[str, str], int]) -> list[Record]:
    """So many records of each (source, category)."""
    return [
        replace(TEMPLATE, id=f"{source}-{name}-{n}", source_repo=source, category=name, quality_score=n / count,
                source_file=f"{n % 7}.rs")
        for (source, name), count in counts.items()
        for n in range(count)
    ]  # fmt: skip


def test_near_duplicates_are_found_with_an_f1_of_95_percent() -> None:
    dice = random.Random(0)
    words = [f"w{n}" for n in range(3000)]
    docs = [" ".join(dice.choices(words, k=dice.randint(12, 60))) for _ in range(1500)]
    planted = set()
    for place in range(0, 1500, 5):
        changed = docs[place].split()
        changed[dice.randrange(len(changed))] = "other"
        planted.add((place, len(docs)))
        docs.append(" ".join(changed))
    truth = {
        pair
        for pair in planted
        if dedup.jaccard(set(dedup.shingles(docs[pair[0]])), set(dedup.shingles(docs[pair[1]]))) >= 0.7
    }
    found = {(one, other) for one, other, _ in dedup.near_pairs(docs, 0.7, 128)}
    assert len(truth) > 200
    assert 2 * len(found & truth) / (len(found) + len(truth)) >= 0.95


def test_equal_documentations_are_one_group() -> None:
    pairs = dedup.near_pairs(["the same words again", "something else here", "the same words again"] * 2, 0.7, 64)
    groups = dedup.Groups(6)
    for one, other, _ in pairs:
        groups.join(one, other)
    assert sorted(map(tuple, groups.members().values())) == [(0, 2, 3, 5), (1, 4)]


def test_swapped_documentation_is_told_from_its_own() -> None:
    dice = random.Random(1)
    topics = [[f"word{topic}x{n}" for n in range(8)] for topic in range(60)]
    docs = [Doc(str(n), "function", set(dice.sample(topic, 6)), set(topic)) for n, topic in enumerate(topics)]
    panel = Panel(((doc.place, doc) for doc in docs), seed=3)
    assert all(panel.fault(doc) == "" for doc in docs)
    swapped = [panel.fault(replace(doc, stems=docs[(n + 7) % 60].stems)) for n, doc in enumerate(docs)]
    assert sum(bool(fault) for fault in swapped) >= 57


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(20, 200), min_size=15, max_size=15))
def test_balance_keeps_every_share(sizes: list[int]) -> None:
    keys = [(source, name) for source in ("a/a", "b/b", "c/c") for name in CATEGORIES]
    records = _records(dict(zip(keys, sizes, strict=True)))
    rules = config.load().balance
    chosen = [records[place] for place in balance.choose(records, rules)]
    assert len(chosen) >= 20
    categories = Counter(record.category for record in chosen)
    for name, (low, _, high) in rules.shares.items():
        assert low <= categories[name] / len(chosen) <= high
    assert max(Counter(record.source_repo for record in chosen).values()) <= rules.source_share * len(chosen)


def test_balance_takes_the_best_and_ends_on_what_cannot_be_balanced() -> None:
    rules = config.load().balance
    alone = _records({("a/a", "function"): 10})
    assert len(balance.choose(alone, rules)) == 10
    assert balance.choose([], rules) == set()
    many = _records({(source, name): 40 for source in ("a/a", "b/b", "c/c") for name in CATEGORIES})
    chosen = balance.choose(many, replace(rules, max_records=60))
    modules = [many[place].quality_score for place in chosen if many[place].category == "module"]
    assert min(modules) > 0.9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 120))
def test_no_cluster_stands_in_two_splits(seed: int, clusters: int) -> None:
    dice = random.Random(seed)
    records = _records({("a/a", name): 60 for name in CATEGORIES})
    members = {record.id: f"c{dice.randrange(clusters)}" for record in records}
    found = split.assign(records, members, config.load().split, seed)
    assert found.keys() == members.keys()
    sides: dict[str, set[str]] = {}
    for name, cluster in members.items():
        sides.setdefault(cluster, set()).add(found[name])
    assert all(len(side) == 1 for side in sides.values())


def test_splits_have_their_shares_of_every_category() -> None:
    records = _records({("a/a", name): 100 for name in CATEGORIES})
    found = split.assign(records, {record.id: record.id for record in records}, config.load().split, 42)
    counts = Counter((found[record.id], record.category) for record in records)
    assert {counts["train", name] for name in CATEGORIES} == {80}
    assert {counts[part, name] for part in SPLITS[1:] for name in CATEGORIES} == {10}
