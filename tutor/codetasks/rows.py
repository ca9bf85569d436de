"""Conversations and preference pairs from files and the Hub, in the shapes that people publish.

| a row has | it is |
|---|---|
| `messages` | a conversation |
| `instruction`, `response` (also `output`), perhaps `system`, `input` | one question and its answer |
| `prompt`, `completion` | the same |
| `prompt`, `chosen`, `rejected` | a preference; each is text, or a list of messages |
| also `split` | trained on where that is `train`, else held out |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.codetasks.pair import Pair
from tutor.engine.chatdata import Message
from tutor.errors import TutorError, UsageError

HUB = "hf://"
CORPUS = "corpus:"
Row = Mapping[str, Any]


def read_rows(source: str, *, preferences: bool = False, seed: int = 0) -> list[Row]:
    """The rows of a `.jsonl` file, of a directory that `datasets` saved, of `hf://ORG/NAME` (its split `train`), or of
    `corpus:DIRECTORY`, which `tutor corpus build` made.

    Args:
        preferences: of a corpus, pairs of answers instead of conversations; `seed` decides what is rejected.

    Raises:
        UsageError: there is no such file.
        TutorError: it cannot be read, or the Hub cannot be reached.
    """
    if source.startswith(CORPUS):
        return _from_corpus(Path(source.removeprefix(CORPUS)).expanduser(), preferences, seed)
    if source.startswith(HUB):
        return _from_hub(source.removeprefix(HUB))
    path = Path(source).expanduser()
    if path.is_dir():
        return _from_directory(path)
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except FileNotFoundError:
        raise UsageError(f"The data {source} does not exist.", "Give a .jsonl file, or hf://ORG/NAME.") from None
    except (OSError, ValueError) as error:
        raise TutorError(f"{source} is no JSON Lines: {error}.", "Write one JSON object on each line.") from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise TutorError(f"{source} holds no JSON objects.", "Write one JSON object on each line.")
    return rows


def conversation(row: Row) -> list[Message]:
    """A row as a conversation; of a preference, the answer that was chosen.

    Raises:
        UsageError: it has none of the known shapes, or says nothing.
    """
    if "chosen" in row:
        pair = preference(row)
        return [*pair.question, {"role": "assistant", "content": pair.chosen}]
    messages = _messages(row["messages"]) if "messages" in row else _question_and_answer(row)
    if not messages or messages[-1]["role"] != "assistant" or not all(each["content"].strip() for each in messages):
        raise UsageError("A row of the data is no conversation that ends with an answer.", f"It is: {_short(row)}")
    return messages


def preference(row: Row) -> Pair:
    """A row as a question with a better and a worse answer.

    Raises:
        UsageError: it is none, an answer is empty, or both are the same.
    """
    if not {"chosen", "rejected"} <= set(row):
        raise UsageError("A row of the data has no chosen and rejected answer.", f"It is: {_short(row)}")
    chosen, rejected = (_messages(row[name], "assistant") for name in ("chosen", "rejected"))
    question = chosen[:-1] or _messages(row.get("prompt", []))
    better, worse = (messages[-1]["content"].strip() if messages else "" for messages in (chosen, rejected))
    if not question or not better or not worse or better == worse:
        raise UsageError("A pair of answers has no question, is empty, or twice the same.", f"It is: {_short(row)}")
    return Pair(question[-1]["content"][:60], question, better, worse)


def _messages(value: Any, role: str = "user") -> list[Message]:
    """Text is one message of `role`."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    return [{"role": str(each["role"]), "content": str(each["content"])} for each in value]


def _question_and_answer(row: Row) -> list[Message]:
    asked = "\n\n".join(str(row[name]) for name in ("prompt", "instruction", "input") if row.get(name))
    answered = next((str(row[name]) for name in ("completion", "response", "output") if row.get(name)), "")
    system = [{"role": "system", "content": str(row["system"])}] if row.get("system") else []
    return [*system, {"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def _from_corpus(path: Path, preferences: bool, seed: int) -> list[Row]:
    from tutor.corpus import dataset, tasks  # parsers of two languages

    task = "preference" if preferences else "doc-from-signature"
    return list(tasks.rows(task, dataset.read(path).records, seed))


def _from_directory(path: Path) -> list[Row]:
    from datasets import DatasetDict, load_from_disk  # takes a second to import

    try:
        found = load_from_disk(str(path))
    except (OSError, ValueError) as error:
        raise TutorError(f"{path} is no saved dataset: {_first_line(error)}", "Save one with save_to_disk.") from error
    return list(found["train"] if isinstance(found, DatasetDict) else found)


def _from_hub(name: str) -> list[Row]:
    from datasets import load_dataset

    try:
        return list(load_dataset(name, split="train"))
    except Exception as error:  # the Hub, its cache and the data's own format can fail in too many ways to list
        raise TutorError(
            f"The dataset {name} cannot be fetched from the Hub: {_first_line(error)}",
            "Check its name and the network, or give a .jsonl file.",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _short(row: Row) -> str:
    return json.dumps(dict(row), ensure_ascii=False, default=str)[:120]
