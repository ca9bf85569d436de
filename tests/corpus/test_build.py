"""The pipeline as a whole: the same bytes, loadable, honest about itself."""

from __future__ import annotations

import errno
import json
import os
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.corpus.conftest import SOURCES
from tutor.corpus import (
    build,
    card,
    chunks,
    config,
    dataset,
    dedup,
    extract,
    lock,
    planted,
    publish,
    relevance,
    select,
    sources,
    stats,
    tokens,
)
from tutor.corpus.config import Config
from tutor.corpus.subject import Subject
from tutor.errors import TutorError, UsageError


def test_a_hundred_good_pairs_of_several_sources(built: Path) -> None:
    records = dataset.read(built).records
    assert len(records) >= 100
    assert len({record.source_repo for record in records}) == len(SOURCES)
    assert {record.language for record in records} == {"python", "rust"}


def test_two_processes_write_the_same_bytes_as_one(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "SMALL_BYTES", 0)
    again = build.build_locked(lock.read_lock(built / lock.LOCK), tmp_path / "again", processes=2, use_cache=False)
    assert again.lock.outputs == lock.read_lock(built / lock.LOCK).outputs
    assert (tmp_path / "again" / lock.LOCK).read_bytes() == (built / lock.LOCK).read_bytes()


def test_datasets_loads_the_directory(built: Path, tmp_path: Path) -> None:
    import datasets

    loaded = datasets.load_dataset(str(built), cache_dir=str(tmp_path / "cache"))
    counts = Counter(record.split for record in dataset.read(built).records)
    assert {name: len(rows) for name, rows in loaded.items()} == dict(counts)
    assert loaded["train"][0]["extraction_date"].year >= 2020


def test_rows_survive_the_parquet(built: Path, tmp_path: Path) -> None:
    records = dataset.read(built).records
    dataset.write_splits(tmp_path, records)
    assert dataset.read(tmp_path).records == records
    lines = (built / "jsonl" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [record.id for record in records if record.split == "test"]


def test_nothing_leaks_across_splits(built: Path) -> None:
    records = dataset.read(built).records
    docs = [Subject(record).doc for record in records]
    assert dedup.leakage(docs, [record.split for record in records], select.LEAK, 128) == []
    sides: dict[str, set[str]] = {}
    for record in records:
        sides.setdefault(f"{record.source_repo} {record.source_file}", set()).add(record.split)
    assert all(len(side) == 1 for side in sides.values())


def test_every_number_of_the_card_comes_from_the_data(built: Path) -> None:
    corpus = dataset.read(built)
    publish.check_card(corpus.card)
    assert card.render(corpus.records, corpus.lock) == corpus.card
    found = stats.summary(corpus.records)
    assert found["corpus_sha256"] in corpus.card
    for name, count in found["categories"].items():
        assert re.search(rf"\| {name} \| {count} \| {count / found['rows']:.1%} \|", corpus.card)
    fewer = card.render(corpus.records[1:], corpus.lock)
    assert fewer != corpus.card


def test_planted_faults_are_found_and_harmless_twins_are_not(built: Path) -> None:
    for name, (faults, found, harmless, alarms) in dataset.read(built).lock.planted.items():
        assert faults and harmless, f"nothing was planted for {name}"
        assert found >= 0.95 * faults, f"{name} finds {found} of {faults}"
        assert alarms <= 0.02 * harmless, f"{name} cries over {alarms} of {harmless}"


def test_a_gate_that_finds_nothing_is_said_to_be_no_test(built: Path) -> None:
    corpus = dataset.read(built)
    count = tokens.counter(tokens.tokenizer_file("embedded"))
    panel = relevance.Panel([], seed=1)
    chosen = config.overridden(config.load(), "gates.max_line", 100_000)
    outcomes = {outcome.name: outcome for outcome in planted.measure(corpus.records, chosen, count, panel)}
    assert outcomes["line-length"].found == 0
    corpus.lock.planted["line-length"] = [9, 0, 9, 0]
    assert "line-length **not a test**" in card.render(corpus.records, corpus.lock)


def test_every_dropped_record_is_written_with_its_reasons(built: Path) -> None:
    rows = [json.loads(line) for line in (built / dataset.REJECTED).read_text(encoding="utf-8").splitlines()]
    stages = dataset.read(built).lock.stages
    assert stages[0]["left"] - stages[-1]["left"] == len(rows)
    assert all(row["reasons"] for row in rows)
    for before, after in pairwise(stages):
        assert sum(row["stage"] == after["name"] for row in rows) == before["left"] - after["left"]


def test_a_moved_threshold_changes_only_what_it_decides(small_config: Config) -> None:
    trees = [sources.open_source(locator) for locator in SOURCES[:2]]
    everything = select.pool(build.extract_sources(trees, small_config, processes=1), small_config)
    loose = config.overridden(small_config, "balance.enabled", False)
    strict = config.overridden(loose, "gates.max_line", 60)
    wide, narrow = select.select(everything, loose), select.select(everything, strict)
    assert narrow.stages[1].left < wide.stages[1].left
    assert all(len(line) <= 60 for one in narrow.kept for line in one.record.output.split("\n"))
    again = select.select(everything, loose)
    assert [one.record.id for one in again.kept] == [one.record.id for one in wide.kept]


def test_a_killed_extraction_goes_on_where_it_was(
    tmp_path: Path, small_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    for number in range(6):
        (root / f"m{number}.py").write_text(f'def f{number}(a):\n    """Does number {number} of it."""\n')
    monkeypatch.setattr(extract, "CHUNK_FILES", 2)
    tree, done = sources.open_source(str(root)), [0]

    def stop() -> None:
        done[0] += 1
        if done[0] > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(extract.extract_all([tree], small_config, processes=1, check_stop=stop))
    worked: list[int] = []
    real = chunks.work

    def work(chunk: chunks.Chunk) -> str:
        worked.append(len(chunk.files))
        return real(chunk)

    monkeypatch.setattr(chunks, "work", work)
    found = next(extract.extract_all([tree], small_config, processes=1))
    assert worked == [2]  # of three chunks, two were done
    assert [one.record.symbol for one in found.candidates] == [f"f{number}" for number in range(6)]


def test_a_lock_refuses_another_source(tmp_path: Path, small_config: Config) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "LICENSE").write_text("Permission is hereby granted, free of charge, to any person obtaining a copy")
    code = "".join(
        f'def make_{name}(size):\n    """Makes a {name} of the given `size`, and paints it {name}."""\n\n\n'
        for name in ("house", "garden", "street", "tower")
    )
    (root / "a.py").write_text(code)
    first = build.build([str(root)], small_config, tmp_path / "one", processes=1)
    (root / "a.py").write_text(code + "\n# changed\n")
    with pytest.raises(TutorError, match=r"is not what it was.*a\.py changed"):
        build.build_locked(first.lock, tmp_path / "two", processes=1)
    assert not (tmp_path / "two").exists()


def test_only_a_corpus_is_ever_replaced(tmp_path: Path, small_config: Config) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds no corpus"):
        build.build(SOURCES, small_config, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gates]\nmax_lines = 3", "Did you mean 'max_line'"),
        ("[gates]\nmax_line = 'long'", "it is a int"),
        ("[gates", "is not TOML"),
    ],
)
def test_a_wrong_configuration_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "corpus.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        config.load(tmp_path / "corpus.toml")


def test_a_full_disk_leaves_the_earlier_corpus(
    tally: Path, small_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lock.output_hashes(tally)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(dataset, "write_rejected", full)
    with pytest.raises(TutorError, match="The disk is full") as found:
        build.build(["sample:tally"], small_config, tally, processes=1)
    assert found.value.exit_code == 3
    assert lock.output_hashes(tally) == before
    assert [path.name for path in tally.parent.iterdir() if "tally" in path.name] == [tally.name]
