"""Questions about a run of lab-cli-help-data, made of its own records."""

from __future__ import annotations

import random

from tutor.clihelp.answers import read
from tutor.clihelp.found import Found
from tutor.clihelp.records import Record
from tutor.questions import Question

KEYS = "abcd"


def questions(found: Found, seed: str) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    return [
        *([_unseen(found, chance)] if found.splits["heldout_out"] else []),
        _answer(found, chance),
        _measures(found, chance),
        _kept(found),
        *([_reason(found)] if found.made["dropped"] else []),
    ]


def _unseen(found: Found, chance: random.Random) -> Question:
    """Which tool only the second held-out split has."""
    unseen = sorted({record.tool for record in found.splits["heldout_out"]})
    seen = sorted({record.tool for record in found.splits["train"]} - set(unseen))
    right = chance.choice(unseen)
    options = _options([right, *chance.sample(seen, min(3, len(seen)))], chance)
    return Question(
        "unseen",
        "About which of these tools will a model that was trained on this data know nothing?",
        options,
        (_key(options, right),),
        why="All its records are in heldout_out. A good answer about it shows that the form was learned, not the tool.",
    )


def _answer(found: Found, chance: random.Random) -> Question:
    """What one option takes, read in its help text."""
    asked = [record for record in found.records if record.kind == "option" and record.parsed["placeholder"]]
    record = chance.choice(asked or [record for record in found.records if record.kind == "option"])
    takes = _takes(record)
    others = sorted({_takes(other) for other in found.records if other.kind == "option"} - {takes})
    options = _options([takes, *chance.sample(others, min(3, len(others)))], chance)
    return Question(
        "takes",
        f"What does `{record.command} {record.option}` take? Its help says:\n\n{_excerpt(record)}",
        options,
        (_key(options, takes),),
        why="The answer quotes the help text; whoever trains on it learns to quote, not to guess.",
    )


def _measures(found: Found, chance: random.Random) -> Question:
    """What a split can show."""
    options = _options(list(MEASURES), chance)
    asked = chance.choice(["heldout_in", "heldout_out"])
    right = next(text for text, split in MEASURES.items() if split == asked)
    return Question(
        "split",
        f"What does the loss on {asked} ({len(found.splits[asked])} records here) tell?",
        options,
        (_key(options, right),),
        why="heldout_in holds other options of the tools trained on; heldout_out holds tools that training never saw.",
    )


MEASURES = {
    "How well it answers about other options of tools it was trained on": "heldout_in",
    "How well it answers about tools it has never seen": "heldout_out",
    "How well it learned the training records by heart": "train",
}


def _kept(found: Found) -> Question:
    candidates, kept = found.made["candidates"], len(found.records)
    return Question(
        "kept",
        f"{candidates} records could be made, {kept} were kept. Which share is that (0 to 1)?",
        answer=(f"{kept / candidates:.3g}",),
        tolerance=0.05,
        why="A dataset is mostly a decision about what to leave out.",
    )


def _reason(found: Found) -> Question:
    """Why most candidates were never records."""
    dropped = found.made["dropped"]
    reasons = sorted(dropped, key=lambda reason: -dropped[reason])[: len(KEYS)]
    options = dict(zip(KEYS, sorted(reasons), strict=False))
    return Question(
        "reason",
        "Why were most options and commands not made into a record? The report says.",
        options,
        tuple(_key(options, reason) for reason in reasons if dropped[reason] == dropped[reasons[0]]),
        why=f"{dropped[reasons[0]]} candidates: {reasons[0]}.",
    )


def _takes(record: Record) -> str:
    answer = read(record.completion)
    return answer.get("Takes") if answer else record.parsed["placeholder"]


def _excerpt(record: Record) -> str:
    return record.prompt.partition("Its help says:\n")[2] or f"(not quoted; run `{record.command} --help`)"


def _options(says: list[str], chance: random.Random) -> dict[str, str]:
    chance.shuffle(says)
    return dict(zip(KEYS, says, strict=False))


def _key(options: dict[str, str], right: str) -> str:
    return next(key for key, says in options.items() if says == right)
