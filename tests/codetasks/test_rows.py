"""Other people's data: every shape that is known, and a sentence for every one that is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tutor.codetasks.data import other_data
from tutor.codetasks.rows import conversation, preference, read_rows
from tutor.codetasks.split import SEEN, TRAIN
from tutor.errors import TutorError, UsageError

TALK = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": TALK},
        {"instruction": "Why?", "response": "So."},
        {"instruction": "Why?", "input": "", "output": "So."},
        {"prompt": "Why?", "completion": "So."},
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"chosen": TALK, "rejected": [TALK[0], {"role": "assistant", "content": "No."}]},
        {"prompt": [TALK[0]], "chosen": [TALK[1]], "rejected": [{"role": "assistant", "content": "No."}]},
        {"prompt": "Why?", "chosen": TALK, "rejected": [TALK[0], {"role": "assistant", "content": "No."}]},
    ],
)
def test_every_shape_becomes_the_same_conversation(row: dict[str, Any]) -> None:
    assert conversation(row) == TALK
    if "chosen" in row:
        pair = preference(row)
        assert (pair.question, pair.chosen, pair.rejected) == (TALK[:1], "So.", "No.")


def test_system_and_input_are_kept() -> None:
    row = {"system": "Be short.", "instruction": "Add.", "input": "1 and 2", "response": "3"}
    assert [message["content"] for message in conversation(row)] == ["Be short.", "Add.\n\n1 and 2", "3"]


@pytest.mark.parametrize(
    "row",
    [{"text": "Once"}, {"messages": TALK[:1]}, {"prompt": "Why?", "completion": ""}, {"messages": []}],
)
def test_rows_that_teach_no_answer_are_refused(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no conversation"):
        conversation(row)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"prompt": "Why?", "completion": "So."}, "no chosen and rejected"),
        ({"prompt": "Why?", "chosen": "So.", "rejected": "So."}, "twice the same"),
        ({"prompt": "Why?", "chosen": "So.", "rejected": " "}, "is empty"),
    ],
)
def test_pairs_that_prefer_nothing_are_refused(row: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        preference(row)


def write(path: Path, count: int) -> list[dict[str, str]]:
    rows = [{"prompt": f"Question {n}?", "chosen": f"Yes, {n}.", "rejected": f"No, {n}."} for n in range(count)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return rows


def test_a_tenth_is_held_out_and_the_split_is_the_seeds(tmp_path: Path) -> None:
    write(tmp_path / "mine.jsonl", 40)
    data = other_data(str(tmp_path / "mine.jsonl"), seed=3, train=0, heldout=0, preferences=True)
    assert {name: len(part) for name, part in data.pairs.items()} == {TRAIN: 36, SEEN: 4}
    assert (data.leaked(), data.judged) == (0, [])
    assert other_data(str(tmp_path / "mine.jsonl"), 3, 0, 0, True) == data
    assert len(other_data(str(tmp_path / "mine.jsonl"), 3, 5, 2, False).conversations[SEEN]) == 2


def test_a_directory_that_datasets_saved_is_read(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    rows = write(tmp_path / "mine.jsonl", 3)
    DatasetDict({"train": Dataset.from_list(rows)}).save_to_disk(str(tmp_path / "saved"))
    assert read_rows(str(tmp_path / "saved")) == rows == read_rows(str(tmp_path / "mine.jsonl"))


@pytest.mark.parametrize("text", ["no json\n", "[1, 2]\n", ""])
def test_files_of_something_else_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    with pytest.raises(TutorError, match="JSON"):
        read_rows(str(tmp_path / "bad.jsonl"))


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # else it tries again for half a minute
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="does not exist"):
        read_rows(str(tmp_path / "none.jsonl"))
    with pytest.raises(TutorError, match="cannot be fetched from the Hub"):
        read_rows("hf://nobody/nothing-of-that-name")


def test_rows_that_name_their_split_keep_it(tmp_path: Path) -> None:
    rows = [one | {"split": "test" if n % 4 == 0 else "train"} for n, one in enumerate(write(tmp_path / "a.jsonl", 20))]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = other_data(str(tmp_path / "a.jsonl"), seed=1, train=0, heldout=0, preferences=True)
    wanted = {row["prompt"] for row in rows if row["split"] == "test"}
    assert {pair.question[-1]["content"] for pair in data.pairs[SEEN]} == wanted
    assert len(data.pairs[TRAIN]) == 15
    assert len(other_data(str(tmp_path / "a.jsonl"), 1, 3, 2, True).pairs[SEEN]) == 2
