"""What goes to people and to models: reviews, tasks, publication, differences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tutor.corpus import dataset, diff, falsify, publish, review, tasks
from tutor.corpus.criteria.base import Outcome
from tutor.corpus.lock import LOCK
from tutor.corpus.statistics import kappa, sample_size, wilson
from tutor.errors import UsageError


def test_intervals_and_agreement_have_their_known_values() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson(0, 0) == (0.0, 1.0)
    assert kappa(list("aabb"), list("aabb")) == 1.0
    assert kappa(list("aabb"), list("abab")) == 0.0
    assert sample_size(0.1) == 35


def test_the_sample_is_seeded_stratified_and_has_traps(built: Path) -> None:
    records = dataset.read(built).records
    rows = review.sample(records, count=40, margin=0.1, seed=7)
    assert [row.record for row in rows] == [row.record for row in review.sample(records, count=40, margin=0.1, seed=7)]
    assert sum(row.spoilt for row in rows) == review.TRAPS
    for name in ("function", "argument", "example"):
        share = sum(record.category == name for record in records) / len(records)
        drawn = sum(row.record.category == name for row in rows if not row.spoilt) / 40
        assert abs(share - drawn) <= 0.05
    outputs = {record.id: record.output for record in records}
    assert all((outputs[row.record.id] != row.record.output) is row.spoilt for row in rows)


def test_a_form_goes_out_and_comes_back(built: Path) -> None:
    records = dataset.read(built).records
    rows = review.sample(records, count=10, margin=0.1, seed=3)
    form = review.form(rows)
    assert "spoilt" not in form
    filled = form.replace("- [ ] approve", "- [x] approve").replace("note:", "note: fine")
    said = review.read_form(filled, records, "ada")
    assert {one.id: one.spoilt for one in said} == {row.record.id: row.spoilt for row in rows}
    assert {(one.judgement, one.note) for one in said} == {("approve", "fine")}
    assert review.read_form(form, records, "ada") == []
    with pytest.raises(UsageError, match="two judgements"):
        review.read_form(filled.replace("- [ ] reject", "- [x] reject"), records, "ada")


def test_reviews_count_once_and_doubt_does_not(corpus: Path) -> None:
    opened = dataset.read(corpus)
    before = review.result(opened)
    first = next(one for one in review.read(corpus) if not one.spoilt)
    review.add(corpus, [replace(first, judgement="unsure")])
    assert review.result(opened).judged == before.judged - 1
    review.add(corpus, [replace(one, reviewer="bob") for one in review.read(corpus) if not one.spoilt])
    after = review.result(opened)
    assert after.reviewers == ["ada", "bob"] and after.agreement == 1.0
    trap = next(one for one in review.read(corpus) if one.spoilt)
    review.add(corpus, [replace(trap, judgement="approve")])
    assert review.result(opened).missed == 1


def test_tasks_have_questions_and_answers(built: Path) -> None:
    records = dataset.read(built).records
    for task in tasks.TASKS:
        rows = tasks.rows(task, records, seed=1)
        assert rows
        assert all([message["role"] for message in row["messages"]] == ["user", "assistant"] for row in rows)
    bodies = tasks.rows("doc-from-body", records, seed=1)
    by_id = {record.id: record for record in records}
    assert all(by_id[row["id"]].body in row["messages"][0]["content"] for row in bodies)
    with pytest.raises(UsageError, match="There is no task"):
        tasks.rows("nothing", records, seed=1)


def test_preferences_never_show_an_answer_of_another_split(built: Path) -> None:
    records = dataset.read(built).records
    splits = {record.output: record.split for record in records}
    pairs = tasks.preferences(records, seed=1)
    assert {pair["rejected_kind"] for pair in pairs} == {"neighbour", "cut"}
    for pair in pairs:
        rejected = pair["rejected"][0]["content"]
        assert rejected != pair["chosen"][0]["content"]
        if pair["rejected_kind"] == "neighbour":
            assert splits[rejected] == pair["split"]


def test_a_models_own_answer_is_what_is_rejected(built: Path, zeros: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tutor.corpus import base_answers
    from tutor.engine import answering

    asked: list[Any] = []

    def answer(_model: Any, _tokenizer: Any, questions: list[Any], limit: int, progress: Any) -> list[str]:
        asked.extend(questions)
        return ["Says little.", " ", "Says more."]

    monkeypatch.setattr(answering, "answer_all", answer)
    for name in ("load_model", "load_tokenizer"):
        monkeypatch.setattr(f"tutor.engine.loading.{name}", lambda _path: None)
    records = dataset.read(built).records
    said = base_answers.answers(records, str(zeros), 3, 1, lambda _done, _total: None)
    assert sorted(said.values()) == ["Says little.", "Says more."]
    by_id = {record.id: record for record in records}
    assert [tasks.question(by_id[name]) for name in said] == [asked[0], asked[2]]
    pairs = {pair["id"]: pair for pair in tasks.preferences(records, seed=1, answers=said)}
    assert {name for name, pair in pairs.items() if pair["rejected_kind"] == "base"} == said.keys()
    assert all(pairs[name]["rejected"][0]["content"] == text for name, text in said.items())
    same = {record.id: record.output for record in records}
    assert all(pair["rejected_kind"] != "base" for pair in tasks.preferences(records, seed=1, answers=same))


def _passing() -> falsify.Verdict:
    from tutor.corpus.criteria import CRITERIA

    return falsify.Verdict([falsify.Result(criterion, Outcome("held", "")) for criterion in CRITERIA])


def test_publication_is_laid_out_without_paths_of_this_machine(corpus: Path, tmp_path: Path) -> None:
    lock = json.loads((corpus / LOCK).read_text(encoding="utf-8"))
    lock["sources"][1] |= {"kind": "directory", "locator": "/home/someone/secret-project"}
    (corpus / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    plan = publish.prepare(dataset.read(corpus), "owner/name", tmp_path / "hub", _passing())
    assert sorted(plan.files) == [
        "README.md", "corpus.lock", "data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet", "report.json",
    ]  # fmt: skip
    assert "/home/" not in (tmp_path / "hub" / LOCK).read_text(encoding="utf-8")


def test_a_falsified_corpus_is_not_published(corpus: Path, tmp_path: Path) -> None:
    from tutor.corpus.criteria import CRITERIA

    verdict = falsify.Verdict([falsify.Result(CRITERIA[0], Outcome("refuted", ""))])
    with pytest.raises(UsageError, match="is INVALID"):
        publish.prepare(dataset.read(corpus), "owner/name", tmp_path / "hub", verdict)
    with pytest.raises(UsageError, match="names no owner"):
        publish.prepare(dataset.read(corpus), "name", tmp_path / "hub", _passing())


def test_upload_asks_the_hub_for_exactly_the_folder(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    plan = publish.prepare(dataset.read(corpus), "owner/name", tmp_path / "hub", _passing())
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(UsageError, match="HF_TOKEN is not set"):
        publish.upload(plan, private=True)
    calls: list[tuple[str, Any]] = []
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", lambda self, name, **more: calls.append((name, more)))
    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", lambda self, **more: calls.append(("folder", more)))
    assert publish.upload(plan, private=True).endswith("/owner/name")
    assert calls[0] == ("owner/name", {"repo_type": "dataset", "private": True, "exist_ok": True})
    assert calls[1][1]["folder_path"] == tmp_path / "hub"


def test_differences_are_told_item_by_item(built: Path) -> None:
    records = dataset.read(built).records
    assert diff.compare(records, records).same == len(records)
    changed = [replace(records[0], output="/// Other."), *records[2:]]
    found = diff.compare(records, changed)
    assert [one.columns for one in found.changed] == [["output"]]
    assert found.removed == [records[1]] and found.added == []


def test_the_labs_train_on_a_corpus_and_keep_its_splits(built: Path) -> None:
    from tutor.codetasks.data import other_data
    from tutor.codetasks.split import SEEN, TRAIN

    records = dataset.read(built).records
    learned = {record.output for record in records if record.split == "train"}
    held = {record.output for record in records if record.split != "train"}
    data = other_data(f"corpus:{built}", seed=1, train=0, heldout=0, preferences=False)
    assert {messages[-1]["content"] for messages in data.conversations[TRAIN]} == learned
    assert {messages[-1]["content"] for messages in data.conversations[SEEN]} == held
    pairs = other_data(f"corpus:{built}", seed=1, train=0, heldout=0, preferences=True).pairs
    assert {pair.chosen for pair in pairs[TRAIN]} <= learned and {pair.chosen for pair in pairs[SEEN]} <= held
