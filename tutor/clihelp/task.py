"""The task of the CLI-help labs for one model: the splits of a dataset, tokenized, and the questions to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.clihelp import dataset
from tutor.clihelp.records import Record
from tutor.engine.answering import answer_all
from tutor.engine.chatdata import Encoded, Message, encode_all, prompt_ids
from tutor.engine.heldout import HeldOut, heldout_loss
from tutor.engine.loading import load_tokenizer

HELD_OUT = ("heldout_in", "heldout_out")
FEW_SHOT = "base, two examples shown"
ZERO_SHOT = "base"
NEAREST = "nearest answer copied"
TUNED = "tuned"
BASELINES = (ZERO_SHOT, FEW_SHOT, NEAREST)
"""What the tuned model has to beat."""

Progress = Callable[[int, int], None]
"""Called with (done, total)."""


@dataclass(frozen=True)
class Task:
    """Records and token ids of every split."""

    tokenizer: Any
    records: dict[str, list[Record]]
    encoded: dict[str, Encoded]

    @classmethod
    def load(cls, name: str, model_dir: Path, max_length: int, train: int, heldout: int) -> Task:
        """Dataset `name` tokenized for the model in `model_dir`.

        At most `train` records are trained on (0: all), and `heldout` of each held-out split measured on.

        Raises:
            TutorError: the dataset or the tokenizer is missing, or a record does not fit the chat template.
        """
        tokenizer = load_tokenizer(model_dir)
        records = {split: dataset.load_split(name, split)[:heldout] for split in HELD_OUT}
        records["train"] = dataset.load_split(name, "train")[: train or None]
        encoded = {split: encode_all(tokenizer, map(messages_of, rows), max_length) for split, rows in records.items()}
        return cls(tokenizer, records, encoded)

    @property
    def pad_id(self) -> int:
        """Any token does: padding is behind everything that is read."""
        return int(self.tokenizer.eos_token_id)

    def references(self, split: str) -> list[str]:
        """The right answers."""
        return [record.completion for record in self.records[split]]

    def questions(self, split: str) -> list[list[Message]]:
        """Every question of a split as a conversation that waits for its answer."""
        return [messages_of(record)[:1] for record in self.records[split]]

    def with_examples(self, split: str) -> list[list[Message]]:
        """The same questions behind two solved ones, an option and a command: what a prompt alone can do."""
        by_kind = {record.kind: record for record in reversed(self.records["train"])}
        shown = [message for kind in ("option", "command") if kind in by_kind for message in messages_of(by_kind[kind])]
        return [[*shown, *question] for question in self.questions(split)]

    def prompt_ids(self, questions: Sequence[Sequence[Message]]) -> list[list[int]]:
        """Token ids of conversations up to where the model begins to answer."""
        return [prompt_ids(self.tokenizer, question) for question in questions]

    def losses(self, model: Any, split: str) -> HeldOut:
        """The loss of `model` on a split; of the training data on as many examples as are held out."""
        size = max(len(self.encoded[name].examples) for name in HELD_OUT)
        return heldout_loss(model, self.encoded[split].examples[:size], self.pad_id)

    def answers(
        self, model: Any, questions: Sequence[Sequence[Message]], max_new_tokens: int, progress: Progress
    ) -> list[str]:
        """What `model` answers greedily."""
        return answer_all(model, self.tokenizer, questions, max_new_tokens, progress=progress)


def messages_of(record: Record) -> list[Message]:
    """A record as the conversation to train on."""
    messages: list[Message] = dataset.chat(record)["messages"]
    return messages
