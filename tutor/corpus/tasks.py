"""One corpus, several tasks: what a model is asked, and what it should answer."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from tutor.corpus.extract_clap import flags
from tutor.corpus.schema import Record
from tutor.corpus.subject import Subject
from tutor.corpus.trees import SourceTree, read
from tutor.errors import UsageError, nearest

Row = dict[str, Any]

LANGUAGE_NAMES = {"rust": "Rust", "python": "Python"}


def _fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"


def _chat(record: Record, question: str, answer: str) -> Row:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"id": record.id, "split": record.split, "messages": messages}


def doc_from_signature(record: Record) -> Row | None:
    """The documentation of a declaration."""
    name = LANGUAGE_NAMES[record.language]
    question = f"Write the documentation of this {name} {record.kind}.\n\n{_fenced(record.language, record.input)}"
    return _chat(record, question, record.output)


def question(record: Record) -> list[dict[str, str]]:
    """What a model is asked for the documentation of a declaration, as a conversation that waits for its answer."""
    row = doc_from_signature(record)
    assert row is not None
    messages: list[dict[str, str]] = row["messages"][:1]
    return messages


def doc_from_body(record: Record) -> Row | None:
    """The documentation of a declaration whose code is shown."""
    if not record.body:
        return None
    name = LANGUAGE_NAMES[record.language]
    code = f"{record.input}\n\n{record.body}"
    return _chat(record, f"Document this {name} {record.kind}.\n\n{_fenced(record.language, code)}", record.output)


def example_from_doc(record: Record) -> Row | None:
    """The first example of an item whose declaration and summary are given."""
    parts = Subject(record).parts
    examples = [example for example in parts.examples if example.language]
    if not examples or not parts.summary:
        return None
    name = LANGUAGE_NAMES[record.language]
    question = f"{parts.summary}\n\n{_fenced(record.language, record.input)}\n\nWrite a {name} example of its use."
    return _chat(record, question, _fenced(record.language, examples[0].code))


TASKS: dict[str, Callable[[Record], Row | None]] = {
    "doc-from-signature": doc_from_signature,
    "doc-from-body": doc_from_body,
    "example-from-doc": example_from_doc,
}


def flag_help(tree: SourceTree, paths: list[str]) -> list[Row]:
    """The help of every option that a Rust source declares with clap; split by file, in a fixed way."""
    found = []
    for path in sorted(path for path in paths if path.endswith(".rs")):
        for flag in flags(read(tree, path)):
            digest = hashlib.sha256(f"{tree.name} {path}".encode()).digest()[0]
            code = _fenced("rust", f"{flag.declaration}  // in {flag.owner}")
            question = {"role": "user", "content": f"Write the help text of this command-line option.\n\n{code}"}
            found.append(
                {
                    "id": f"{tree.name} {path}:{flag.line}",
                    "split": "train" if digest < 205 else "validation" if digest < 230 else "test",
                    "messages": [question, {"role": "assistant", "content": flag.help}],
                }
            )
    return found


def rows(task: str, records: list[Record], seed: int) -> list[Row]:
    """All rows of a task, in order of id.

    Raises:
        UsageError: there is no such task.
    """
    ordered = sorted(records, key=lambda record: record.id)
    if task == "preference":
        return preferences(ordered, seed)
    if task not in TASKS:
        raise UsageError(f"There is no task {task!r}.", nearest(task, [*TASKS, "flag-help", "preference", "rows"]))
    return [row for record in ordered if (row := TASKS[task](record))]


def preferences(records: list[Record], seed: int, answers: Mapping[str, str] | None = None) -> list[Row]:
    """Pairs of answers: chosen is the real documentation, rejected a model's, a neighbour's, or the real one cut off.

    The neighbour is in the same split, so that no answer of the test set is seen in training.

    Args:
        answers: record id → what a model said (`base_answers`); it is the rejected one wherever it is there.
    """
    dice = random.Random(seed)
    found = []
    for record in records:
        neighbours = [
            other
            for other in records
            if other.source_file == record.source_file
            and other.source_repo == record.source_repo
            and other.split == record.split
            and other.id != record.id
            and other.kind == record.kind
        ]
        cut = _cut(record)
        said = (answers or {}).get(record.id, "")
        kinds = ["base"] if said and said != record.output else []
        kinds = kinds or (["neighbour"] if neighbours else []) + (["cut"] if cut else [])
        if not kinds:
            continue
        kind = dice.choice(kinds)
        rejected = said if kind == "base" else dice.choice(neighbours).output if kind == "neighbour" else cut
        found.append(
            {
                "id": record.id,
                "split": record.split,
                "prompt": question(record),
                "chosen": [{"role": "assistant", "content": record.output}],
                "rejected": [{"role": "assistant", "content": rejected}],
                "rejected_kind": kind,
            }
        )
    return found


def _cut(record: Record) -> str:
    """The documentation up to the middle of its first sentence, or '' where it is too short to be cut."""
    found = re.match(r"(\S+\s+){5,}", record.output.split("\n")[0])
    if not found:
        return ""
    start = " ".join(record.output.split("\n")[0].split()[:4])
    return start if record.language == "rust" else f'{start}"""'
