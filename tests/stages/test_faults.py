"""Faults in the data of the CLI-help labs: each is seen in the rows, and rows without one are sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.tiny_llama import tokenizer
from tutor.clihelp.records import Record
from tutor.clihelp.rows import ROWS, keep_rows, unsound
from tutor.clihelp.task import HELD_OUT, Task, messages_of
from tutor.engine.chatdata import IGNORED, encode_all
from tutor.files import read_json
from tutor.runs import store
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter
from tutor.runs.recipe import load_recipe
from tutor.runs.study import load_study
from tutor.stages.faults import with_fault

ANIMALS = ("cat", "dog", "fox")


def record(question: str, answer: str) -> Record:
    texts = {"tool": "a", "tool_kind": "other", "version": "", "command": "a", "option": "", "sha256": ""}
    texts |= {"collected_at": "", "platform": "", "licence": "", "id": question, "kind": "option", "variant": "recall"}
    return Record(prompt=question, completion=answer, parsed={}, **texts)


@pytest.fixture
def task() -> Task:
    """Three questions to train on, and one of each held-out split."""
    records = {"train": [record(f"what is {animal}", f"this is a {animal}") for animal in ANIMALS]}
    records |= {split: [record(f"is this a {split[-2:]}", "this is")] for split in HELD_OUT}
    encoded = {split: encode_all(tokenizer(), map(messages_of, rows), 64) for split, rows in records.items()}
    return Task(tokenizer(), records, encoded)


@pytest.mark.parametrize(
    ("fault", "wrong"), [("", 0), ("lr", 0), ("prompt", 3), ("template", 3), ("eos", 3), ("end", 3), ("leak", 2)]
)
def test_every_fault_is_seen_in_the_rows(task: Task, tmp_path: Path, fault: str, wrong: int) -> None:
    keep_rows(with_fault(task, fault, 64), tmp_path)
    rows = read_json(tmp_path / ROWS)
    assert unsound(rows) == wrong
    assert len(rows["trained"]) == (5 if fault == "leak" else 3)
    assert rows["asked"]["heldout_in"] == {"prompts": ["is this a in"], "answers": ["this is"]}


def test_the_first_row_is_shown_with_what_the_loss_saw(task: Task, tmp_path: Path) -> None:
    keep_rows(task, tmp_path)
    pieces = read_json(tmp_path / ROWS)["first"]
    assert [seen for _, seen in pieces] == [False, True]
    example = task.encoded["train"].examples[0]
    assert pieces[1][0] == tokenizer().decode([label for label in example.labels if label != IGNORED])


def test_the_lab_knows_these_faults() -> None:
    assert set(load_study(load_lab("lab-lora-cli-help")).drills) == {"lr", "prompt", "template", "eos", "end", "leak"}


@pytest.mark.parametrize(("drill", "times"), [("", 1), ("lr", 100), ("eos", 1)])
def test_the_learning_rate_is_wrong_only_where_that_is_the_fault(drill: str, times: int) -> None:
    lab = load_lab("lab-lora-cli-help")
    directory = store.create(lab, resolve(lab, {"drill": drill, "lr": 1e-3}))
    run = Run(directory, EventWriter(directory.events))
    assert load_recipe(lab.recipe).rate(run) == pytest.approx(times * 1e-3)
