"""Divides records into training and held-out ones so that nothing held out was seen in training."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tutor.clihelp.records import Record

SPLITS = ("train", "heldout_in", "heldout_out")
"""`heldout_in`: other options of tools seen in training; `heldout_out`: tools never seen in training."""

NEAR = 0.8
"""Two records with this Jaccard similarity of their words, or more, are near-duplicates."""

_COMMON = ("--help", "--version", "-h", "-V")
_TURN = ("noted", "value", "command", "noted", "flag", "value")
"""What the records of a tool are about, in turn: left to chance, three in four would be flags that take nothing."""
_RUST_TURNS = 4
"""Records taken from a Rust tool while one is taken from another."""


@dataclass(frozen=True)
class Divided:
    """Records by split, and how many were left out as repetitions."""

    splits: dict[str, list[Record]]
    repeated: int
    """Records whose description another record already has."""
    near: int
    """Records left out because a near-duplicate is in another split."""


def divide(records: Iterable[Record], train: int, heldout: int, seed: int) -> Divided:
    """At most `train` and twice `heldout` records, from as many tools as there are. The seed decides everything."""
    everything = list(records)
    unique = _one_per_description(everything)
    queues = {
        tool: _mixed([r for r in unique if r.tool == tool], seed) for tool in dict.fromkeys(r.tool for r in unique)
    }
    unseen = heldout_tools(unique, seed)
    seen_queues = {tool: queue for tool, queue in queues.items() if tool not in unseen}
    chosen: dict[str, list[Record]] = {name: [] for name in SPLITS}
    rejected: list[Record] = []
    _fill("heldout_out", {tool: queues[tool] for tool in unseen}, heldout, chosen, rejected)
    # A tool with few options keeps them for training.
    roomy = {tool: queue for tool, queue in seen_queues.items() if len(queue) >= 8}
    _fill("heldout_in", roomy, min(heldout, sum(map(len, roomy.values())) // 5), chosen, rejected)
    _fill("train", seen_queues, train, chosen, rejected)
    return Divided(chosen, len(everything) - len(unique), len(rejected))


def heldout_tools(records: list[Record], seed: int) -> list[str]:
    """Whole tools for `heldout_out`: a fourth of the Rust tools and a fifth of the others, or one of two or three."""
    chosen: list[str] = []
    for kind, share in (("rust", 4), ("other", 5)):
        names = sorted(
            {record.tool for record in records if record.tool_kind == kind}, key=lambda name: _order(seed, name)
        )
        count = max(1, len(names) // share) if len(names) > 1 else 0
        chosen += names[:count]
    return chosen


def _one_per_description(records: list[Record]) -> list[Record]:
    """The first record of every description; of `--help` and `--version`, one for all tools."""
    found: dict[str, Record] = {}
    for record in records:
        key = record.option if record.option in _COMMON else normalised(record.description)
        found.setdefault(key, record)
    return list(found.values())


def _mixed(records: list[Record], seed: int) -> list[Record]:
    """Records of one tool in a random order that follows `_TURN` for as long as there are records of each sort."""
    shuffled = sorted(records, key=lambda record: _order(seed, record.id))
    queues: dict[str, list[Record]] = {name: [] for name in _TURN}
    for record in shuffled:
        queues[_sort(record)].append(record)
    # Every tool begins at another place in the turn, for held-out splits take only the first few of each.
    start = _order(seed, records[0].tool)[0]
    mixed: list[Record] = []
    while len(mixed) < len(shuffled):
        wanted = queues[_TURN[(start + len(mixed)) % len(_TURN)]]
        mixed.append((wanted or queues["value"] or max(queues.values(), key=len)).pop(0))
    return mixed


def _sort(record: Record) -> str:
    """`command`; `noted` (an option with a default or allowed values), `value` (it takes one), or `flag`."""
    if record.kind == "command":
        return "command"
    if record.parsed["default"] or record.parsed["choices"]:
        return "noted"
    return "value" if record.parsed["placeholder"] else "flag"


def _fill(
    name: str, queues: dict[str, list[Record]], size: int, chosen: dict[str, list[Record]], rejected: list[Record]
) -> None:
    """Move records from the queues to split `name`, from the tools in turn, several at a time from Rust tools."""
    others = [words(record) for split, records in chosen.items() if split != name for record in records]
    turns = [
        tool
        for tool, queue in queues.items()
        for _ in range(_RUST_TURNS if queue and queue[0].tool_kind == "rust" else 1)
    ]
    while len(chosen[name]) < size and any(queues.values()):
        for tool in turns:
            if not queues[tool] or len(chosen[name]) >= size:
                continue
            record = queues[tool].pop(0)
            own = words(record)
            if any(jaccard(own, other) >= NEAR for other in others):
                rejected.append(record)
            else:
                chosen[name].append(record)


def leaks(splits: Mapping[str, list[Record]]) -> tuple[int, int]:
    """(identical descriptions, near-duplicates) across splits, counted afresh over every pair."""
    exact = near = 0
    names = list(splits)
    for index, name in enumerate(names):
        for other_name in names[index + 1 :]:
            theirs = [(normalised(record.description), words(record)) for record in splits[other_name]]
            for record in splits[name]:
                description, own = normalised(record.description), words(record)
                exact += sum(description == other for other, _ in theirs)
                near += sum(jaccard(own, other) >= NEAR for _, other in theirs)
    return exact, near


def normalised(text: str) -> str:
    """Lower-case words only, so that case and punctuation make no difference."""
    return " ".join(re.findall(r"\w+", text.lower()))


def words(record: Record) -> frozenset[str]:
    """The set of words of question and answer."""
    return frozenset(normalised(f"{record.prompt} {record.completion}").split())


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words over all words, from 0 to 1 (Jaccard 1901)."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def count(records: Iterable[Record], field: str) -> dict[str, int]:
    """How many records have which value of a field, most first."""
    return dict(Counter(str(getattr(record, field)) for record in records).most_common())


def _order(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{text}".encode()).digest()
