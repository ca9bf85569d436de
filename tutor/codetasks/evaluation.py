"""What was measured of one model on held-out conversations and tasks, kept as JSON in the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.codetasks.sandbox import run_all
from tutor.codetasks.task import CodeTask, code_of, in_format
from tutor.engine.answering import generate_greedily
from tutor.engine.attention import token_losses
from tutor.engine.chatdata import Encoded, Message, prompt_ids
from tutor.engine.heldout import HeldOut, heldout_loss
from tutor.files import read_json, write_json

EVALUATION = "evaluation"
"""The directory of a run that holds one file a model."""
ANSWERED_AT_ONCE = 24


@dataclass(frozen=True)
class Answer:
    """What a model wrote."""

    text: str
    tokens: int
    stopped: bool
    """Whether it ended the answer itself; otherwise it was cut off."""

    @property
    def formatted(self) -> bool:
        """Whether it is what was asked for: one function in a block, and no more."""
        return self.stopped and in_format(self.text)


@dataclass(frozen=True)
class Evaluation:
    """Losses and answers of one model."""

    losses: dict[str, HeldOut]
    """By held-out split."""
    answers: list[Answer]
    """To every held-out question, split by split."""
    passage: list[float]
    """Nats of every token of a text that has nothing to do with the task."""

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read what `save` wrote."""
        data = read_json(path)
        losses = {name: HeldOut(**loss) for name, loss in data["losses"].items()}
        return cls(losses, [Answer(**answer) for answer in data["answers"]], data["passage"])


def evaluate(
    model: Any,
    tokenizer: Any,
    encoded: dict[str, Encoded],
    questions: Sequence[Sequence[Message]],
    max_new_tokens: int,
    progress: Callable[[int, int], None],
) -> Evaluation:
    """Measure `model`; `progress` gets (done, total) questions."""
    pad = int(tokenizer.eos_token_id)
    losses = {name: heldout_loss(model, split.examples, pad) for name, split in encoded.items()}
    ids = [int(token) for token in tokenizer((paths.assets_dir() / "passage.txt").read_text())["input_ids"]]
    passage = token_losses(model, ids).tolist()
    return Evaluation(losses, answer_all(model, tokenizer, questions, max_new_tokens, progress), passage)


def answer_all(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Sequence[Message]],
    max_new_tokens: int,
    progress: Callable[[int, int], None],
) -> list[Answer]:
    """The greedy answers of `model`, in the order of the questions."""
    end = int(tokenizer.eos_token_id)
    prompts = [prompt_ids(tokenizer, question) for question in questions]
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    answers: dict[int, Answer] = {}
    for start in range(0, len(order), ANSWERED_AT_ONCE):
        progress(start, len(order))
        batch = order[start : start + ANSWERED_AT_ONCE]
        written = generate_greedily(model, [prompts[index] for index in batch], end, max_new_tokens)
        for index, ids in zip(batch, written, strict=True):
            text = tokenizer.decode(ids, skip_special_tokens=True).strip()
            answers[index] = Answer(text, len(ids), bool(ids) and ids[-1] == end)
    return [answers[index] for index in range(len(prompts))]


def failures(tasks: Sequence[CodeTask], answers: Sequence[Answer]) -> list[str]:
    """What each answer's code failed with when it was run, '' where it passed."""
    return run_all([(code_of(answer.text), task.tests) for task, answer in zip(tasks, answers, strict=True)])
