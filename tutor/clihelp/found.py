"""What a run of lab-cli-help-data left behind, read again and measured afresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from tutor.clihelp.answers import read
from tutor.clihelp.dataset import HELP, read_split
from tutor.clihelp.parse import parse
from tutor.clihelp.records import Record, plain_words
from tutor.clihelp.splits import SPLITS, leaks
from tutor.clihelp.stats import PROVENANCE
from tutor.files import read_json

DATASET = "dataset"
"""The run's own copy of what it made."""


@dataclass(frozen=True)
class Found:
    """The dataset in a run's directory. Everything but the counts of candidates is computed from records and texts."""

    directory: Path

    @cached_property
    def splits(self) -> dict[str, list[Record]]:
        """Records by split."""
        return {split: read_split(self.directory / DATASET, split) for split in SPLITS}

    @cached_property
    def records(self) -> list[Record]:
        """Of all splits."""
        return [record for split in self.splits.values() for record in split]

    @cached_property
    def texts(self) -> dict[str, str]:
        """Help texts by the SHA-256 that their text has now."""
        lines = (self.directory / DATASET / HELP).read_text().splitlines()
        return {sha256(text.encode()).hexdigest(): text for text in (json.loads(line)["text"] for line in lines)}

    @cached_property
    def made(self) -> dict[str, Any]:
        """What was counted while it was made: candidates, and why they were left out."""
        return read_json(self.directory / DATASET / "stats.json")

    @property
    def rust_tools(self) -> set[str]:
        """Rust tools with records."""
        return {record.tool for record in self.records if record.tool_kind == "rust"}

    @cached_property
    def understood(self) -> float:
        """Share of help texts, or of lines that begin like an option if that is less, that the parser reads."""
        parsed = [parse(text) for text in self.texts.values()]
        options, leftover = (sum(len(getattr(one, part)) for one in parsed) for part in ("options", "leftover"))
        texts = sum(one.is_complete for one in parsed) / max(1, len(parsed))
        return min(texts, options / max(1, options + leftover))

    @cached_property
    def across(self) -> tuple[int, int]:
        """Pairs with one description, and near-duplicate pairs, in two splits."""
        return leaks(self.splits)

    @property
    def tools_in_both(self) -> set[str]:
        """Tools that are trained on although they are held out as unseen."""
        return {record.tool for record in self.splits["heldout_out"]} & {record.tool for record in self.splits["train"]}

    @cached_property
    def traceable(self) -> float:
        """Share of records with all facts about their origin, whose answer is in the format and says what its help text
        does."""
        return sum(map(self._is_traceable, self.records)) / max(1, len(self.records))

    def _is_traceable(self, record: Record) -> bool:
        source, answer = self.texts.get(record.sha256), read(record.completion)
        if source is None or answer is None or not all(getattr(record, name) for name in PROVENANCE):
            return False
        if record.kind == "command":  # it can be described in the help of its parent
            return all(plain_words(item) in plain_words(source) for item in record.parsed["has"])
        return plain_words(answer.get("Does")) in plain_words(source) and answer.title.endswith(record.option)
